/** The HL7 v2 listener: one port for the HIS of every connection. A message is answered after its commit, never before. */
import type { Adapter } from '../adapter-kit/index.ts';
import { serveMllp, type MllpServer, type MllpServerTls } from '../adapter-kit/mllp/index.ts';
import type { Connections } from '../connections/open-connections.ts';
import type { Log } from '../domain/index.ts';
import type { Ledger } from '../ledger/settle.ts';
import { Applier } from './applier.ts';
import { Reception, type Received } from './receive-message.ts';
import { Receivers } from './receivers.ts';
import { refuseUnread, type WhyRefused } from './refuse-unread.ts';

/** Of one sender's messages that it did not wait with: stored together, which costs a fraction of storing them one by one. */
const AT_ONCE = 64;

export interface ListenerParts {
  readonly ledger: Ledger;
  readonly connections: Connections;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: MllpServerTls | undefined;
  /** Addresses and networks that may connect; everybody unless said. */
  readonly allow?: readonly string[] | undefined;
  /** Off loopback without TLS and without a list, because a person wants it so. */
  readonly unprotected?: boolean | undefined;
  readonly log: Log;
}

/** Listens when it resolves. `close()` lets what is being stored be answered, and what is being applied be applied, first. */
export async function startMllpListener(parts: ListenerParts): Promise<MllpServer> {
  const { ledger, connections, adapters, host, port, tls, allow, unprotected = false, log } = parts;
  const receivers = new Receivers(ledger.db, connections, adapters, log);
  const applier = new Applier({ ledger, connections, log });
  const reception = new Reception(ledger, log, (connectionId) => applier.wake(connectionId));
  const server = await serveMllp({
    host,
    port,
    unprotected,
    atOnce: AT_ONCE,
    ...(tls && { tls }),
    ...(allow && { allow }),
    onMessage: async (message, peer) => {
      const received = await receiveOrFail(log, reception, receivers, message);
      if (received.kind === 'answered' || received.kind === 'refused') return received.answer;
      log.warn({ peer: peer.connection, code: received.kind }, `a message was refused: ${REFUSED[received.kind]}`);
      return refuseUnread(message, received.kind);
    },
    onIncident: ({ kind, connection, byteCount, error }) => {
      log.warn({ code: kind, peer: connection, byteCount, err: error }, 'the HL7 v2 listener dropped something');
    },
  }).catch(async (error: unknown) => {
    await applier.stop();
    throw error;
  });
  log.info({ host: server.host, port: server.port }, 'the HL7 v2 listener is ready');
  return {
    host: server.host,
    port: server.port,
    get connections() {
      return server.connections;
    },
    close: async (graceMs) => {
      await server.close(graceMs);
      await applier.stop();
    },
  };
}

const REFUSED: Readonly<Record<WhyRefused, string>> = {
  nobody: 'no connection knows its sender (MSH-3, MSH-4)',
  unread: 'its connection could not read it',
  failed: 'it could not be handled',
};

/** The sender learns of every failure, whatever it is: an unanswered message would only be sent again blindly. */
async function receiveOrFail(
  log: Log,
  reception: Reception,
  receivers: Receivers,
  message: Uint8Array,
): Promise<Received | { readonly kind: 'failed' }> {
  try {
    return await reception.receive(await receivers.list(), message);
  } catch (error) {
    log.error({ err: error }, 'a message could not be handled: its sender is told, and will send it again');
    return { kind: 'failed' };
  }
}
