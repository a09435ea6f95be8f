/** The hub itself is the book: for clinics without a HIS. What others ask of a HIS, this asks of the hub's own book. */
import {
  AdapterError,
  CONTRACT_VERSION,
  defineAdapter,
  type BookEntry,
  type Call,
  type Connector,
  type Finding,
  type HubBook,
  type SlotAtHis,
} from '#adapter-kit';

function bookOf(call: Call): HubBook {
  if (!call.hubBook) throw new AdapterError('misconfigured', 'no-book', 'a native connection needs the hub’s own book');
  return call.hubBook;
}

const entryAt = (slot: SlotAtHis): Omit<BookEntry, 'transactionId'> => ({
  providerId: slot.providerExternalId,
  seat: slot.seat,
  start: slot.start,
  end: slot.end,
});

const TAKEN = { class: 'conflict', reason: 'slot-taken' } as const;
const UNKNOWN_ENTRY = { class: 'not-found', reason: 'appointment-unknown' } as const;

const connector: Connector = {
  async book(call, { slot }) {
    const entered = await bookOf(call).enter({ transactionId: call.transactionId, ...entryAt(slot) });
    return entered.kind === 'entered' ? { class: 'success', externalId: entered.entryId } : TAKEN;
  },

  async cancel(call, { externalId }) {
    const struck = await bookOf(call).strike(externalId);
    return struck === 'struck' ? { class: 'success', externalId } : UNKNOWN_ENTRY;
  },

  async reschedule(call, { externalId, to }) {
    const moved = await bookOf(call).move(externalId, entryAt(to));
    if (moved === 'overlaps') return TAKEN;
    return moved === 'moved' ? { class: 'success', externalId } : UNKNOWN_ENTRY;
  },

  // The book knows patients by the hub's id only; who they are is read where the hub itself keeps it.
  updatePatient: (_call, { externalId }) => Promise.resolve({ class: 'success', externalId }),

  async lookup(call, request): Promise<Finding> {
    const book = bookOf(call);
    if (request.kind === 'book') {
      const entry = await book.findByTransaction(call.transactionId);
      return entry ? { kind: 'found', externalId: entry.entryId } : { kind: 'absent' };
    }
    const entry = await book.read(request.externalId);
    const done =
      request.kind === 'cancel'
        ? entry?.status !== 'booked'
        : entry?.providerId === request.to.providerExternalId &&
          Date.parse(entry.start) === Date.parse(request.to.start) &&
          entry.seat === request.to.seat;
    return done ? { kind: 'found', externalId: request.externalId } : { kind: 'absent' };
  },

  close: () => Promise.resolve(),
};

export default defineAdapter({
  manifest: {
    id: 'native',
    title: 'The hub’s own book',
    contractVersion: CONTRACT_VERSION,
    managedBy: 'hub',
    capabilities: ['Reschedules', 'UpdatesPatients'],
    lookup: 'by-client-reference',
    configSchema: { type: 'object', additionalProperties: false },
    secrets: [],
  },
  connect: () => connector,
});
