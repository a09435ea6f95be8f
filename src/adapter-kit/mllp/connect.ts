/** A TCP or TLS connection to a HIS's MLLP port. Whatever fails here, nothing of a message has left yet. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface MllpTls {
  /** PEM. Trusted instead of the machine's own authorities. */
  readonly ca?: string;
  /** PEM; the hub's own certificate and key, where the HIS asks for one. */
  readonly cert?: string;
  readonly key?: string;
  /** Name in the HIS's certificate, where it is not the host's. */
  readonly serverName?: string;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls?: MllpTls | undefined;
}

/** So that a peer which vanished is noticed while nothing is sent. */
const KEEP_ALIVE_MS = 60_000;

export function connectTo({ host, port, tls }: Endpoint, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = tls ? openTls(host, port, tls) : connectTcp({ host, port });
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', giveUp);
      socket.removeAllListeners();
      act();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        // A socket that is given up may still fail.
        socket.on('error', () => undefined);
        socket.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    const giveUp = (): void => fail(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('closed before it was open')));
    socket.once(tls ? 'secureConnect' : 'connect', () =>
      settle(() => {
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        socket.setNoDelay(true);
        resolve(socket);
      }),
    );
  });
}

function openTls(host: string, port: number, { ca, cert, key, serverName }: MllpTls): Socket {
  return connectTls({
    host,
    port,
    minVersion: 'TLSv1.2',
    // An address is no name that could be asked for.
    servername: serverName ?? (isIP(host) === 0 ? host : ''),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
}

/** A short word for the ledger: the system's own code where there is one. */
export function failureOf(error: unknown): string {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code;
    if (each.name === 'AbortError' || each.name === 'TimeoutError') return 'ABORTED';
  }
  return 'UNKNOWN';
}
