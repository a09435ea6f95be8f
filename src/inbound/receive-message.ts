/** One message from a HIS: whose it is, what it says, kept and applied in one database transaction; only then the answer. */
import { v7 as uuidv7 } from 'uuid';
import type { ReceivedMessage } from '../adapter-kit/index.ts';
import { makeCall } from '../connections/make-call.ts';
import type { Connections, OpenConnection } from '../connections/open-connections.ts';
import type { Log } from '../domain/index.ts';
import { keepMessage } from '../ledger/notices.ts';
import type { Ledger } from '../ledger/settle.ts';
import { applyNotices } from './apply-notices.ts';

export interface InboundParts {
  readonly ledger: Ledger;
  readonly connections: Connections;
  readonly log: Log;
}

/**
 * answered  kept and applied, or a repeat: the sender is told `answer` (undefined: it wants none)
 * refused   nothing was kept; `answer` says so in the sender's own way
 * unread    a connection knows the sender, and cannot read what it says
 * nobody    no connection knows the sender
 */
export type Received =
  | { readonly kind: 'answered' | 'refused'; readonly answer: Uint8Array | undefined }
  | { readonly kind: 'unread' | 'nobody' };

/** Reading takes no network: this is only against an adapter that hangs. */
const READ_DEADLINE_MS = 5_000;

export async function receiveMessage(
  parts: InboundParts,
  receivers: readonly string[],
  message: Uint8Array,
): Promise<Received> {
  for (const connectionId of receivers) {
    const open = await parts.connections.get(connectionId);
    if (open.state === 'paused') continue;
    const read = await readBy(parts, open, message);
    if (read === 'unread') return { kind: 'unread' };
    if (read !== undefined) return keep(parts, open, message, read);
  }
  return { kind: 'nobody' };
}

async function readBy(
  { log }: InboundParts,
  { connection }: OpenConnection,
  message: Uint8Array,
): Promise<ReceivedMessage | 'unread' | undefined> {
  const { connector } = connection;
  if (!connector.receive) return undefined;
  const receive = connector.receive.bind(connector);
  const made = await makeCall<ReceivedMessage | 'unread' | undefined>(
    { connection, transactionId: uuidv7(), attempt: 1, deadlineMs: READ_DEADLINE_MS, log },
    (call) => receive(call, message),
    () => 'unread',
  );
  return made.value;
}

async function keep(
  { ledger, log }: InboundParts,
  { connection }: OpenConnection,
  body: Uint8Array,
  read: ReceivedMessage,
): Promise<Received> {
  const { id: connectionId, organization_id: organizationId } = connection.row;
  const { messageId, notices } = read;
  try {
    const answer = read.acknowledge('stored');
    const done = await ledger.db.transaction(async (tx) => {
      const kept = await keepMessage(tx, ledger.seal, { organizationId, connectionId, messageId, body, answer });
      if (kept.kind === 'repeated') return { answer: kept.answer, woken: 0, keyReused: false };
      const place = { id: kept.id, organizationId, connectionId };
      return { answer, woken: await applyNotices(tx, ledger.queue, place, notices), keyReused: kept.keyReused };
    });
    if (done.keyReused) {
      log.warn({ connectionId, messageId }, 'a HIS used a message key again, for another message: both were applied');
    }
    if (done.woken > 0) ledger.queue.wake();
    return { kind: 'answered', answer: done.answer };
  } catch (error) {
    log.error(
      { err: error, connectionId, messageId },
      'a message of a HIS could not be stored: the sender is told, and will send it again',
    );
    return { kind: 'refused', answer: read.acknowledge('failed') };
  }
}
