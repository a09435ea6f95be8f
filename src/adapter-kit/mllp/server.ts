/** An MLLP receiver: own buffer per connection, order kept per connection, bounded in every direction. */

export interface MllpServerTls {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** PEM. Given, senders must show a certificate that one of these issued (mutual TLS). */
  readonly clientCa?: string;
}

/** One sender's connection. */
export interface MllpPeer {
  /** Counts from 1; for logs. */
  readonly connection: number;
  readonly address: string;
  readonly port: number;
  /** Subject common name of the sender's certificate, under mutual TLS. */
  readonly certificateName: string | undefined;
  /** Sends a message that answers nothing, an application acknowledgement after CA for instance. */
  send(message: Uint8Array): void;
  /** Cuts the connection. */
  drop(): void;
}

/** Something a log should know; never content. */
export interface MllpIncident {
  readonly kind: 'refused' | 'garbage' | 'half-message' | 'too-large' | 'too-slow' | 'idle' | 'handler-failed' | 'socket-error';
  readonly connection: number;
  readonly address: string;
  /** Bytes that were dropped. */
  readonly byteCount?: number;
  readonly error?: unknown;
}

export interface MllpServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: MllpServerTls;
  /** Addresses and networks (CIDR) that may connect; everybody unless said. */
  readonly allow?: readonly string[];
  /** Binds off loopback though there is neither TLS nor an allow-list. */
  readonly unprotected?: boolean;
  /** Called in the order of arrival, one at a time per connection. What it answers is sent; undefined: nothing is. */
  readonly onMessage: (message: Uint8Array, peer: MllpPeer) => Promise<Uint8Array | undefined>;
  readonly onIncident?: (incident: MllpIncident) => void;
  /** 64 unless said. */
  readonly maxConnections?: number;
  /** 1 MiB unless said. */
  readonly frameBytesMax?: number;
  /** A connection without a byte for this long is closed; 3,600,000 unless said (senders keep theirs open for days). */
  readonly idleMs?: number;
  /** A message must be complete this long after its first byte; 30,000 unless said. */
  readonly frameMs?: number;
  /** A message that ends with 0x1C alone is taken as complete after this silence; 500 unless said. */
  readonly endWaitMs?: number;
}

export interface MllpServer {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** Takes no more, lets what is being handled be answered (at most `graceMs`, 2,000 unless said), then cuts. */
  close(graceMs?: number): Promise<void>;
}

/** Throws a plain Error when it may not or cannot bind. */
export function serveMllp(_options: MllpServerOptions): Promise<MllpServer> {
  throw new Error('being written');
}
