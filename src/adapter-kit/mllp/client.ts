/** An MLLP sender: one connection, one outstanding message, answers matched by MSA-2. */
import type { Call } from '../call.ts';
import type { Hl7Message } from '../hl7v2/index.ts';

export interface MllpTls {
  /** PEM. Trusted instead of the machine's own authorities. */
  readonly ca?: string;
  /** PEM; the hub's own certificate and key, where the HIS asks for one. */
  readonly cert?: string;
  readonly key?: string;
  /** Name in the HIS's certificate, where it is not `host`. */
  readonly serverName?: string;
}

export interface MllpClientOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: MllpTls;
  /** Milliseconds from the last byte sent to the answer; 30,000 unless said. */
  readonly ackTimeoutMs?: number;
  /** 10,000 unless said. */
  readonly connectTimeoutMs?: number;
  /** An unused connection is closed after this long, before a firewall drops it without a word; 240,000 unless said. */
  readonly idleMs?: number;
  /** Bytes of one answer; 1 MiB unless said. */
  readonly frameBytesMax?: number;
  /** Told of every message that answers nothing outstanding: late acknowledgements, application acknowledgements after CA. */
  readonly onUnmatched?: (message: Hl7Message) => void;
  /** Closes the client. */
  readonly signal?: AbortSignal;
}

export interface MllpSend {
  /** True when the HIS changes something by this message. */
  readonly write: boolean;
  /** Enhanced mode: after CA wait for the application acknowledgement too, on this connection and within the same time. */
  readonly awaitApplication?: boolean;
}

/** One of both is present. */
export interface MllpAnswer {
  /** CA, CE or CR of enhanced mode. */
  readonly accept?: Hl7Message;
  /** AA, AE or AR, or the reply message that carries one (SRR, say). Absent after CA: it has not come, or not yet. */
  readonly application?: Hl7Message;
}

export interface MllpClient {
  /**
   * Sends one message, as it is, and answers what came back with its MSH-10 in MSA-2.
   * Throws AdapterError: `unavailable` not sent; `protocol` `answer-lost` or `deadline` sent, and no answer.
   */
  send(call: Pick<Call, 'signal' | 'begin'>, message: Uint8Array, how: MllpSend): Promise<MllpAnswer>;
  close(): Promise<void>;
}

export function openMllpClient(_options: MllpClientOptions): MllpClient {
  throw new Error('being written');
}
