/** What a booking comes to when nothing is lost: one appointment for one transaction, and one winner of one slot. */
import type { Behaviour } from '../behaviour.ts';
import { mustBe, must, mustBeOneOf } from '../must.ts';
import { wordsOf, type Bench } from '../bench.ts';
import type { CallOptions } from '../call-once.ts';

const RIVALS = 6;
const AT_ONCE = 6;
/** Six bookings in small pieces, on a machine that has other things to do. */
const PATIENT_MS = 20_000;

export const booking: readonly Behaviour[] = [
  {
    id: 'books',
    title: 'a booking is one appointment, named by the key that the HIS gave it',
    async run(bench) {
      const request = await bench.booking();
      const { outcome, transactionId, exchanges } = await bench.book(request);
      mustBe(wordsOf(outcome), 'success', 'the booking');
      const effects = await bench.side.effectsOf(transactionId);
      mustBe(effects.length, 1, 'appointments at the HIS');
      mustBe(outcome.class === 'success' && outcome.externalId, effects[0]?.externalId, 'the key');
      mustBe(effects[0]?.slotId, request.slot.externalId, 'the slot that was booked');
      if (bench.speaks === undefined) return;
      must(
        exchanges.some(({ write }) => write),
        'the booking was not sent as a write by call.fetch or call.begin: the ledger has no record of it, and a lost answer would be taken for "never sent"',
      );
    },
  },
  {
    id: 'books-once',
    title: 'one transaction booked twice, which the hub never does, is one appointment all the same',
    async run(bench) {
      const request = await bench.booking();
      const first = await bench.book(request);
      mustBe(wordsOf(first.outcome), 'success', 'the first booking');
      const { transactionId } = first;
      const again = await bench.book(request, { transactionId, attempt: 2 });
      if (again.outcome.class === 'success' && first.outcome.class === 'success') {
        mustBe(again.outcome.externalId, first.outcome.externalId, 'the appointment that the second booking names');
      }
      mustBe((await bench.side.effectsOf(transactionId)).length, 1, 'appointments at the HIS');
    },
  },
  {
    id: 'slot-taken',
    title: 'a slot that somebody else has is a conflict, and nothing is booked',
    async run(bench) {
      const request = await bench.booking();
      await bench.side.takeSlot(request.slot);
      const { outcome, transactionId } = await bench.book(request);
      mustBe(wordsOf(outcome), 'conflict slot-taken', 'the booking');
      mustBe(await bench.side.effectsOf(transactionId), [], 'appointments at the HIS');
    },
  },
  {
    id: 'slot-taken-meanwhile',
    title: 'a slot that goes while the booking is on its way is a conflict',
    needs: ['HIS'],
    async run(bench) {
      const request = await bench.booking();
      await bench.fault({ on: 'book', fault: 'slot-taken', times: 1 });
      const { outcome, transactionId } = await bench.book(request);
      mustBe(wordsOf(outcome), 'conflict slot-taken', 'the booking');
      mustBe(await bench.side.effectsOf(transactionId), [], 'appointments at the HIS');
    },
  },
  {
    id: 'one-winner',
    title: 'of many transactions at once for one slot exactly one wins, the others hear that it is taken',
    async run(bench) {
      const request = await bench.booking();
      const made = await Promise.all(Array.from({ length: RIVALS }, () => bench.book(request)));
      const words = made.map(({ outcome }) => wordsOf(outcome)).toSorted();
      mustBe(words, [...Array.from({ length: RIVALS - 1 }, () => 'conflict slot-taken'), 'success'], 'the outcomes');
    },
  },
  {
    id: 'no-shared-state',
    title: 'calls at once share no state: each books its own slot under its own transaction',
    run: (bench) => bookAtOnce(bench, {}),
  },
  {
    id: 'answers-in-pieces',
    title: 'answers that arrive in pieces, on several connections by turns, are put together each for itself',
    needs: ['MLLP'],
    async run(bench) {
      const at = await bench.interposed(() => undefined, 'in-pieces');
      await bookAtOnce(bench, { at, deadlineMs: PATIENT_MS });
    },
  },
  {
    id: 'unknown-patient',
    title: 'a patient whom the HIS does not know is refused, and nothing is booked',
    needs: ['HIS', 'MatchesPatients'],
    async run(bench) {
      const request = await bench.booking();
      const key = request.patient.externalId;
      const nobody = { ...request.patient, externalId: `${key.slice(0, -3)}999`, identifiers: [] };
      const { outcome, transactionId } = await bench.book({ ...request, patient: nobody });
      mustBeOneOf(outcome.class, ['not-found', 'invalid'], 'the class of the outcome');
      mustBe(await bench.side.effectsOf(transactionId), [], 'appointments at the HIS');
    },
  },
];

async function bookAtOnce(bench: Bench, options: CallOptions): Promise<void> {
  const requests = await Promise.all((await bench.slots(AT_ONCE)).map((slot) => bench.booking(slot)));
  const made = await Promise.all(requests.map((request) => bench.book(request, options)));
  for (const [nth, { outcome, transactionId }] of made.entries()) {
    mustBe(wordsOf(outcome), 'success', `booking ${nth + 1} of ${AT_ONCE}`);
    const [effect, another] = await bench.side.effectsOf(transactionId);
    must(
      effect !== undefined && another === undefined,
      `transaction ${nth + 1} has not exactly one appointment at the HIS`,
    );
    mustBe(outcome.class === 'success' && outcome.externalId, effect.externalId, `the key given to booking ${nth + 1}`);
    mustBe(effect.slotId, requests[nth]?.slot.externalId, `the slot of booking ${nth + 1}`);
  }
}
