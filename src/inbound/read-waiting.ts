/** What messages say that were kept: read once more, and mapped; what is wrong with one is said of that one only. */
import { setImmediate as immediate } from 'node:timers/promises';
import { newId } from '../db/new-id.ts';
import { AdapterError, type Call, type Connector, type Notice, type ReceivedMessage } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import { makeCall } from '../connections/make-call.ts';
import { UNMAPPED, type UnmappedCode } from '../connections/unmapped.ts';
import type { Log } from '../domain/index.ts';
import type { WaitingMessage } from '../ledger/message-queue.ts';
import { UnmappedCodeError } from '../mapping/index.ts';

/**
 * `code`: a word; `detail` names places, never values. `isPassing`: nothing is wrong with the message.
 */
export interface Misread {
  readonly code: string;
  readonly detail: string;
  readonly unmapped?: UnmappedCode | undefined;
}

export type Read =
  | { readonly message: WaitingMessage; readonly notices: readonly Notice[] }
  | { readonly message: WaitingMessage; readonly misread: Misread };

/** Whoever waits for an answer waits no longer than for so many. */
const IN_ONE_GO = 4;
/** Reading takes no network: this is only against an adapter that hangs. */
const READ_DEADLINE_MS = 10_000;

/** Throws when the adapter hangs, or the mappings of the connection cannot be had. */
export async function readWaiting(
  connection: Connection,
  messages: readonly WaitingMessage[],
  log: Log,
): Promise<readonly Read[]> {
  const { connector } = connection;
  const made = await makeCall<readonly Read[] | undefined>(
    {
      operation: 'receive',
      connection,
      transactionId: newId(),
      attempt: 1,
      deadlineMs: READ_DEADLINE_MS,
      asksForCode: true,
      log,
    },
    async (call) => {
      const all: Read[] = [];
      for (const [nth, message] of messages.entries()) {
        if (nth > 0 && nth % IN_ONE_GO === 0) await immediate();
        const read = await readOne(call, message, (each) => readMessage(connector, each, message.body));
        if ('misread' in read) {
          const { code } = read.misread;
          log.warn(
            { connectionId: connection.row.id, messageId: message.messageId, code },
            'a message of a HIS cannot be applied: it is held',
          );
        }
        all.push(read);
      }
      return all;
    },
    () => undefined,
  );
  if (made.value) return made.value;
  throw new Error('messages that wait could not be read');
}

/** A push that was held says where to look, and there was looked: that it can be read now is all that was missing. */
async function readMessage(
  connector: Connector,
  call: Call,
  body: Uint8Array,
): Promise<Pick<ReceivedMessage, 'notices' | 'fault'> | undefined> {
  if (connector.receive || !connector.receivePush) return connector.receive?.(call, body);
  await connector.receivePush(call, { contentType: undefined, body });
  return { notices: [] };
}

async function readOne(
  call: Call,
  message: WaitingMessage,
  receive: (
    call: Call,
  ) => Promise<
    { readonly notices: readonly Notice[]; readonly fault?: Pick<Misread, 'code' | 'detail'> | undefined } | undefined
  >,
): Promise<Read> {
  let mapping = '';
  const noting: Call = {
    ...call,
    map(name, input) {
      mapping = name;
      return call.map(name, input);
    },
  };
  try {
    const read = await receive(noting);
    if (read === undefined)
      return {
        message,
        misread: { code: 'sender-changed', detail: 'the connection does not know the sender any more' },
      };
    if (read.fault) return { message, misread: { code: read.fault.code, detail: read.fault.detail } };
    const { notices } = read;
    if (!isStorable(notices))
      return {
        message,
        misread: {
          code: 'unstorable-character',
          detail: 'a text holds a character that cannot be stored: U+0000, or half of one',
        },
      };
    return { message, notices };
  } catch (error) {
    if (call.signal.aborted) throw error;
    if (error instanceof UnmappedCodeError)
      return { message, misread: { code: UNMAPPED, detail: error.message, unmapped: { name: mapping, error } } };
    if (error instanceof AdapterError) return { message, misread: { code: error.reason, detail: error.message } };
    return { message, misread: { code: 'adapter-fault', detail: 'the adapter failed on it: the log says how' } };
  }
}

/** What no database takes would fail again and again, and hold up everything behind it. */
const isStorable = (notices: readonly Notice[]): boolean =>
  !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/.test(JSON.stringify(notices));
