/** The hub's own book with a reply that can be lost: what a fault of a simulator is to other adapters. */
import { AdapterError, type HubBook } from '../adapter-kit/index.ts';

export type LostReply = 'before' | 'after';

export class LossyBook {
  #lose: LostReply | undefined;
  readonly book: HubBook;

  constructor(book: HubBook) {
    this.book = {
      enter: (entry) => this.#losing(() => book.enter(entry)),
      move: (entryId, to) => this.#losing(() => book.move(entryId, to)),
      strike: (entryId) => this.#losing(() => book.strike(entryId)),
      findByTransaction: (transactionId) => book.findByTransaction(transactionId),
      read: (entryId) => book.read(entryId),
    };
  }

  /** The next write is lost, before or after it was executed. */
  lose(reply: LostReply): void {
    this.#lose = reply;
  }

  async #losing<T>(write: () => Promise<T>): Promise<T> {
    const lose = this.#lose;
    this.#lose = undefined;
    const lost = new AdapterError('protocol', 'connection-lost', 'the connection to the database was lost');
    if (lose === 'before') throw lost;
    const result = await write();
    if (lose === 'after') throw lost;
    return result;
  }
}
