/** One message from a HIS: whose it is, what it says, kept and applied in one database transaction; only then the answer. */
import { v7 as uuidv7 } from 'uuid';
import type { ReceivedMessage } from '../adapter-kit/index.ts';
import { makeCall } from '../connections/make-call.ts';
import type { Connection } from '../connections/connection.ts';
import type { Log } from '../domain/index.ts';
import { keepMessage } from '../ledger/notices.ts';
import type { Ledger } from '../ledger/settle.ts';
import { applyNotices } from './apply-notices.ts';
import type { KnownNames } from './known-names.ts';

export interface InboundParts {
  readonly ledger: Ledger;
  readonly names: KnownNames;
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
  receivers: readonly Connection[],
  message: Uint8Array,
): Promise<Received> {
  for (const connection of receivers) {
    const read = await readBy(parts, connection, message);
    if (read === 'unread') return { kind: 'unread' };
    if (read !== undefined) return keep(parts, connection, message, read);
  }
  return { kind: 'nobody' };
}

async function readBy(
  { log }: InboundParts,
  connection: Connection,
  message: Uint8Array,
): Promise<ReceivedMessage | 'unread' | undefined> {
  const { connector } = connection;
  if (!connector.receive) return undefined;
  const receive = connector.receive.bind(connector);
  const made = await makeCall<ReceivedMessage | 'unread' | undefined>(
    {
      operation: 'receive',
      connection,
      transactionId: uuidv7(),
      attempt: 1,
      deadlineMs: READ_DEADLINE_MS,
      leavesOutUnmapped: true,
      log,
    },
    (call) => receive(call, message),
    () => 'unread',
  );
  const read = made.value;
  if (typeof read !== 'object' || isStorable(read)) return read;
  log.warn(
    { connectionId: connection.row.id },
    'a message holds a character that cannot be stored: U+0000, or half of one',
  );
  return 'unread';
}

/** What no database takes would fail again whenever the HIS sends it again, and hold up everything behind it. */
const isStorable = ({ messageId, notices }: ReceivedMessage): boolean =>
  !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/.test(JSON.stringify([messageId, notices]));

async function keep(
  { ledger, names, log }: InboundParts,
  connection: Connection,
  body: Uint8Array,
  read: ReceivedMessage,
): Promise<Received> {
  const { id: connectionId, organization_id: organizationId } = connection.row;
  const { messageId, notices } = read;
  try {
    const answer = read.acknowledge('stored');
    const news = names.news(connectionId, notices);
    const done = await ledger.db.transaction(async (tx) => {
      const kept = await keepMessage(tx, ledger.seal, { organizationId, connectionId, messageId, body, answer });
      if (kept.kind === 'repeated') return { answer: kept.answer, woken: 0, keyReused: false };
      const place = { id: kept.id, organizationId, connectionId };
      return { answer, woken: await applyNotices(tx, ledger.queue, place, news), keyReused: kept.keyReused };
    });
    names.remember(connectionId, news);
    if (done.keyReused) {
      log.warn({ connectionId, messageId }, 'a HIS used a message key again, for another message: both were applied');
    }
    return { kind: 'answered', answer: done.answer };
  } catch (error) {
    log.error(
      { err: error, connectionId, messageId },
      'a message of a HIS could not be stored: the sender is told, and will send it again',
    );
    return { kind: 'refused', answer: read.acknowledge('failed') };
  }
}
