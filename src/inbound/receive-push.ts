/**
 * What a HIS posts to the hub by itself: kept, and where it says that something has changed the HIS is looked at; both in one
 * database transaction, and only then the answer. Nothing that a push says is written into the model.
 */
import { createHash } from 'node:crypto';
import { newId } from '../db/new-id.ts';
import { AdapterError, type Pushed, type ReceivedPush } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/open-connections.ts';
import { makeCall } from '../connections/make-call.ts';
import { isId, type Log } from '../domain/index.ts';
import { askAboutChanges } from '../ledger/look-again.ts';
import { keepPush } from '../ledger/keep-push.ts';
import { pollNow } from '../ledger/poll.ts';
import { countPush } from '../ledger/push-count.ts';
import type { Ledger } from '../ledger/settle.ts';
import { isPushSecret } from './push-secret.ts';

export interface PushParts {
  readonly ledger: Ledger;
  readonly connections: Connections;
  readonly log: Log;
}

export interface PushRequest {
  readonly connectionId: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  /** Asked for when it is known who sends it. */
  readonly readBody: () => Promise<Uint8Array>;
}

/**
 * stored   kept, or a repeat of what was kept
 * unread   kept for a person; the HIS is read as a whole instead
 * unknown  the secret is not that of a connection that takes pushes
 * failed   nothing was kept
 */
export type PushAnswer =
  | { readonly kind: 'stored' | 'failed'; readonly answer: ReturnType<ReceivedPush['acknowledge']> }
  | { readonly kind: 'unread'; readonly code: string }
  | { readonly kind: 'unknown' };

/** Reading takes no network: this is only against an adapter that hangs. */
const READ_DEADLINE_MS = 5_000;

export async function receivePush(parts: PushParts, request: PushRequest): Promise<PushAnswer> {
  const { connectionId, authorization } = request;
  const opened = isId(connectionId) ? await openedFor(parts, connectionId) : undefined;
  const isKnown = isPushSecret(authorization, opened?.connection.pushSecret);
  if (!isKnown || !opened) return { kind: 'unknown' };
  // Also of a connection that is paused: it is looked at when it is resumed.
  const { connection } = opened;
  const pushed = { contentType: request.contentType, body: await request.readBody() };
  const read = await readPush(parts, connection, pushed);
  return typeof read === 'string' ? keepUnread(parts, connection, pushed, read) : keep(parts, connection, pushed, read);
}

/** One whose settings cannot be used takes no pushes: a person is told by its check. */
async function openedFor({ connections, log }: PushParts, connectionId: string) {
  try {
    return await connections.find(connectionId);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    log.warn({ connectionId, code: error.reason }, 'a push came for a connection whose settings cannot be used');
    return undefined;
  }
}

/** For a person. What was expected is in the log. */
const UNREAD = 'what was posted is no push that the connection is configured for; the HIS was read as a whole instead';

/** A word when it cannot be read. */
async function readPush({ log }: PushParts, connection: Connection, pushed: Pushed): Promise<ReceivedPush | string> {
  const { connector } = connection;
  const made = await makeCall<ReceivedPush | string>(
    { operation: 'receive', connection, transactionId: newId(), attempt: 1, deadlineMs: READ_DEADLINE_MS, log },
    (call) => connector.receivePush?.(call, pushed) ?? Promise.resolve('unsupported'),
    (refusal) => refusal.reason,
  );
  const read = made.value;
  return typeof read === 'string' || isStorable(read) ? read : 'not-storable';
}

/** No database takes U+0000, or half of a character. */
const isStorable = ({ messageId, changes, counted }: ReceivedPush): boolean =>
  !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/.test(JSON.stringify([messageId, changes, counted]));

async function keep(
  { ledger, log }: PushParts,
  connection: Connection,
  { body }: Pushed,
  read: ReceivedPush,
): Promise<PushAnswer> {
  const { id: connectionId, organization_id: organizationId } = connection.row;
  const { messageId, changes, counted } = read;
  try {
    await ledger.db.transaction(async (tx) => {
      const kept = await keepPush(tx, ledger.seal, { organizationId, connectionId, messageId, body });
      if (kept === 'repeated') return;
      if (kept === 'key-reused')
        log.warn({ connectionId }, 'a HIS used the key of a push again, for another one: both count');
      const isInStep = counted === undefined || (await countPush(tx, connectionId, counted));
      if (!isInStep) log.warn({ connectionId }, 'pushes of a HIS did not all come here: it is read as a whole');
      await askAboutChanges(tx, connectionId, isInStep ? changes : [...changes, { kind: 'anything' }]);
    });
    return { kind: 'stored', answer: read.acknowledge('stored') };
  } catch (error) {
    log.error({ err: error, connectionId }, 'a push could not be stored: the sender is told, and will send it again');
    return { kind: 'failed', answer: read.acknowledge('failed') };
  }
}

async function keepUnread(
  { ledger, log }: PushParts,
  connection: Connection,
  { body }: Pushed,
  code: string,
): Promise<PushAnswer> {
  const { id: connectionId, organization_id: organizationId } = connection.row;
  const messageId = `unread/${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
  await ledger.db.transaction(async (tx) => {
    await keepPush(tx, ledger.seal, {
      organizationId,
      connectionId,
      messageId,
      body,
      unread: { code, detail: UNREAD },
    });
    await pollNow(tx, connectionId);
  });
  log.error({ connectionId, code }, 'a push could not be read: it is kept, and the HIS is read as a whole instead');
  return { kind: 'unread', code };
}
