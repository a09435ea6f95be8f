/** The HL7 v2 listener: one port for the HIS of every connection. A message is answered after its commit, never before. */
import type { Adapter } from '../adapter-kit/index.ts';
import type { Connections } from '../connections/open-connections.ts';
import type { Log } from '../domain/index.ts';
import type { Ledger } from '../ledger/settle.ts';
import { KnownNames } from './known-names.ts';
import { serveMllp, type MllpServer } from '../adapter-kit/mllp/index.ts';
import { refuseUnread, type WhyRefused } from './refuse-unread.ts';
import { Receivers } from './receivers.ts';
import { receiveMessage, type InboundParts, type Received } from './receive-message.ts';

export interface ListenerParts {
  readonly ledger: Ledger;
  readonly connections: Connections;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
}

/** Listens when it resolves. `close()` lets what is being stored be answered first. */
export async function startMllpListener({
  ledger,
  connections,
  adapters,
  host,
  port,
  log,
}: ListenerParts): Promise<MllpServer> {
  const receivers = new Receivers(ledger.db, connections, adapters, log);
  const parts = { ledger, names: new KnownNames(), log };
  const server = await serveMllp({
    host,
    port,
    // Off loopback the settings have warned a person already, who lets only the HIS reach this port.
    unprotected: true,
    onMessage: async (message, peer) => {
      const received = await receiveOrFail(parts, receivers, message);
      if (received.kind === 'answered' || received.kind === 'refused') return received.answer;
      log.warn({ peer: peer.connection, code: received.kind }, `a message was refused: ${REFUSED[received.kind]}`);
      return refuseUnread(message, received.kind);
    },
    onIncident: ({ kind, connection, byteCount, error }) => {
      log.warn({ code: kind, peer: connection, byteCount, err: error }, 'the HL7 v2 listener dropped something');
    },
  });
  log.info({ host: server.host, port: server.port }, 'the HL7 v2 listener is ready');
  return server;
}

const REFUSED: Readonly<Record<WhyRefused, string>> = {
  nobody: 'no connection knows its sender (MSH-3, MSH-4)',
  unread: 'its connection could not read it',
  failed: 'it could not be handled',
};

/** The sender learns of every failure, whatever it is: an unanswered message would only be sent again blindly. */
async function receiveOrFail(
  parts: InboundParts,
  receivers: Receivers,
  message: Uint8Array,
): Promise<Received | { readonly kind: 'failed' }> {
  try {
    return await receiveMessage(parts, await receivers.list(), message);
  } catch (error) {
    parts.log.error({ err: error }, 'a message could not be handled: its sender is told, and will send it again');
    return { kind: 'failed' };
  }
}
