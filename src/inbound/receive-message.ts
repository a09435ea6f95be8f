/**
 * One message from a HIS: whose it is, and whether it can be taken; kept as it came; only then the answer. What it says is applied
 * afterwards, from what was kept: the sender waits for one commit, which it shares with whoever sends at the same time.
 */
import type { Call, ReceivedMessage } from '../adapter-kit/index.ts';
import { AdapterError } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import { Grouped } from '../db/database.ts';
import type { Log } from '../domain/index.ts';
import { keepMessages, type KeptMessage, type NewMessage } from '../ledger/received-message.ts';
import type { Ledger } from '../ledger/settle.ts';

/**
 * answered  kept, or a repeat: the sender is told `answer` (undefined: it wants none)
 * refused   nothing was kept; `answer` says so in the sender's own way
 * unread    a connection knows the sender, and cannot read what it says
 * nobody    no connection knows the sender
 */
export type Received =
  | { readonly kind: 'answered' | 'refused'; readonly answer: Uint8Array | undefined }
  | { readonly kind: 'unread' | 'nobody' };

/** Messages of one connection are in line to be applied. */
type OnKept = (connectionId: string) => void;

export class Reception {
  readonly #keep: Grouped<NewMessage, KeptMessage>;
  readonly #log: Log;
  readonly #onKept: OnKept;

  constructor({ db, seal }: Ledger, log: Log, onKept: OnKept) {
    this.#log = log;
    this.#onKept = onKept;
    this.#keep = new Grouped((messages) => keepMessages(db, seal, messages), {
      // Senders that were answered together send their next ones together.
      turns: 3,
      // Of two messages with one key in one statement neither would see the other.
      keys: ({ connectionId, messageId }) => [`${connectionId}/${messageId}`],
    });
  }

  async receive(receivers: readonly Connection[], message: Uint8Array): Promise<Received> {
    for (const connection of receivers) {
      const read = await this.#read(connection, message);
      if (read === 'unread') return { kind: 'unread' };
      if (read !== undefined) return this.#answer(connection, message, read);
    }
    return { kind: 'nobody' };
  }

  async #read(connection: Connection, message: Uint8Array): Promise<ReceivedMessage | 'unread' | undefined> {
    try {
      return await connection.connector.receive?.(callOf(connection), message);
    } catch (error) {
      this.#log.warn({ err: error, connectionId: connection.row.id }, 'a message of a HIS could not be read');
      return 'unread';
    }
  }

  async #answer(connection: Connection, body: Uint8Array, read: ReceivedMessage): Promise<Received> {
    const { id: connectionId, organization_id: organizationId } = connection.row;
    const { fault, kind } = read;
    const messageId = storable(read.messageId);
    if (fault)
      this.#log.warn(
        { connectionId, messageId, code: fault.code },
        `a message was answered with an error: ${fault.detail}`,
      );
    const answer = read.acknowledge('stored');
    if (fault?.kind === 'refused') return { kind: 'refused', answer };
    try {
      const kept = await this.#keep.ask({
        organizationId,
        connectionId,
        messageId,
        kind: storable(kind),
        body,
        answer,
        fault,
      });
      if (kept.kind === 'repeated') return { kind: 'answered', answer: kept.answer };
      if (kept.keyReused) {
        this.#log.warn(
          { connectionId, messageId },
          'a HIS used a message key again, for another message: both are applied',
        );
      }
      this.#onKept(connectionId);
      return { kind: 'answered', answer };
    } catch (error) {
      this.#log.error(
        { err: error, connectionId, messageId },
        'a message of a HIS could not be stored: the sender is told, and will send it again',
      );
      return { kind: 'refused', answer: read.acknowledge('failed') };
    }
  }
}

/** What no database takes, in a key: U+0000, and half of a character. */
const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd').toWellFormed();

const calls = new WeakMap<Connection, Call>();
const never = new AbortController().signal;

/** For reading what a message is: nothing is asked of anybody for that. */
function callOf(connection: Connection): Call {
  const known = calls.get(connection);
  if (known) return known;
  const refuse = (): never => {
    throw new AdapterError(
      'misconfigured',
      'read-too-early',
      'a message is mapped when it is applied, not before it is answered',
    );
  };
  const call: Call = {
    signal: never,
    transactionId: connection.row.id,
    attempt: 1,
    fetch: refuse,
    begin: refuse,
    map: refuse,
    now: () => Date.now(),
    log: () => {},
  };
  calls.set(connection, call);
  return call;
}
