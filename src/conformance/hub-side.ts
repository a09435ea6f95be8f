/** The hub's own book as the other side of a connector: with replies that can be lost, as those of a HIS. */
import { v7 as uuidv7 } from 'uuid';
import {
  AdapterError,
  type EntryState,
  type HubBook,
  type PatientAtHis,
  type SlotAtHis,
} from '../adapter-kit/index.ts';
import { NotApplicable } from './must.ts';
import type { Held, Side } from './side.ts';
import type { HubSide } from './subject.ts';

const OF_THE_HUB: PatientAtHis = {
  externalId: '0197f3a2-6c1e-7b44-9d0a-3f1f6c1d2a55',
  name: { given: ['Ada'], family: 'Bauer' },
  birthDate: '1984-05-23',
  email: null,
  phone: null,
  address: null,
  identifiers: [],
};

export function openHubSide(id: string, { book, slots: made }: HubSide): Side {
  const slots = [...made];
  const lossy = new LossyBook(book);
  const held = ({ entryId, status, providerId, start }: EntryState): Held => ({
    externalId: entryId,
    slotId: slots.find((each) => each.providerExternalId === providerId && Date.parse(each.start) === Date.parse(start))
      ?.externalId,
    status: status === 'booked' ? 'booked' : 'cancelled',
  });
  return {
    settings: { name: id, config: {}, secrets: {} },
    his: undefined,
    hubBook: lossy.book,
    feed: undefined,
    patient: () => Promise.resolve(OF_THE_HUB),
    places: () =>
      Promise.resolve(
        slots.slice(0, 1).map(({ providerExternalId, timeZone }) => ({ providerId: providerExternalId, timeZone })),
      ),
    slotsIn: ({ from, to }) =>
      Promise.resolve(
        slots.filter(({ start }) => start >= new Date(from).toISOString() && start < new Date(to).toISOString()),
      ),
    addSlot: (providerId, start, end) => {
      const like = slots.find(({ providerExternalId }) => providerExternalId === providerId);
      if (like === undefined) throw new Error(`there is no provider ${providerId}`);
      const slot: SlotAtHis = { ...like, externalId: uuidv7(), start, end };
      slots.push(slot);
      return Promise.resolve(slot.externalId);
    },
    effectsOf: async (transactionId) =>
      [await book.findByTransaction(transactionId)].flatMap((each) => each ?? []).map(held),
    holding: async (externalId) => {
      const entry = await book.read(externalId);
      return entry && held(entry);
    },
    takeSlot: async ({ providerExternalId, seat, start, end }) =>
      void (await book.enter({ transactionId: uuidv7(), providerId: providerExternalId, seat, start, end })),
    fault: ({ fault }) => {
      if (fault === 'reset-after-commit') return Promise.resolve(lossy.lose('after'));
      if (fault === 'reset-before') return Promise.resolve(lossy.lose('before'));
      throw new NotApplicable('the hub itself keeps the book: no reply of a HIS can go wrong in this way');
    },
    profile: (lookup) => {
      if (lookup === 'by-tag') return Promise.resolve();
      throw new NotApplicable('the hub itself keeps the book: it can always be searched by transaction');
    },
    close: () => Promise.resolve(),
  };
}

/** The next write is lost, before or after it was executed. */
class LossyBook {
  #lose: 'before' | 'after' | undefined;
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

  lose(when: 'before' | 'after'): void {
    this.#lose = when;
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
