/** Cancelling: it answers for itself, also when its answer is lost. */
import type { CancelRequest } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { wordsOf, type Appointment, type Bench } from '../bench.ts';
import { lookUntil } from '../look-until.ts';
import { mustBe } from '../must.ts';
import { mustBeUnknown, mustNotSendAgain } from '../unknown.ts';

export const cancelOf = (appointment: Appointment): CancelRequest => ({ ...appointment, reason: null });

/** A key of the same form, which nobody has. */
const unlike = (key: string): string => `${key.slice(0, -1)}${key.endsWith('1') ? '2' : '1'}`;

/** The appointment holds this slot, and no other. */
export async function mustStandAt(bench: Bench, externalId: string, slotId: string): Promise<void> {
  const held = await bench.side.holding(externalId);
  mustBe([held?.status, held?.slotId], ['booked', slotId], 'the appointment at the HIS, and its slot');
}

export const cancelling: readonly Behaviour[] = [
  {
    id: 'cancels',
    title: 'a cancelled appointment is cancelled at the HIS, and its slot can be booked again',
    async run(bench) {
      const appointment = await bench.booked();
      mustBe(wordsOf((await bench.cancel(cancelOf(appointment))).outcome), 'success', 'the cancellation');
      mustBe((await bench.side.holding(appointment.externalId))?.status, 'cancelled', 'the appointment at the HIS');
      const again = await bench.book(await bench.booking(appointment.slot));
      mustBe(wordsOf(again.outcome), 'success', 'booking the slot again');
    },
  },
  {
    id: 'cancels-twice',
    title: 'cancelling what is cancelled is a success',
    async run(bench) {
      const appointment = await bench.booked();
      await bench.cancel(cancelOf(appointment));
      mustBe(wordsOf((await bench.cancel(cancelOf(appointment))).outcome), 'success', 'the second cancellation');
    },
  },
  {
    id: 'cancels-unknown',
    title: 'an appointment that the HIS does not know is not-found',
    async run(bench) {
      const appointment = await bench.booked();
      // Another slot, too: a HIS may have given the appointment that stands there another key.
      const elsewhere = { ...cancelOf(appointment), slot: await bench.slot(), identifiers: [] };
      const { outcome } = await bench.cancel({ ...elsewhere, externalId: unlike(appointment.externalId) });
      mustBe(outcome.class, 'not-found', `the class of the outcome (${wordsOf(outcome)})`);
      await mustStandAt(bench, appointment.externalId, appointment.slot.externalId);
    },
  },
  {
    id: 'cancel-answer-lost',
    title: 'a cancellation whose answer is lost is unknown, then found',
    async run(bench) {
      const appointment = await bench.booked();
      await bench.fault({ on: 'cancel', fault: 'reset-after-commit', times: 1 });
      const made = await bench.cancel(cancelOf(appointment));
      mustBeUnknown(made);
      mustNotSendAgain(made);
      if (bench.manifest.lookup === 'none') return;
      const { finding } = await lookUntil(
        bench,
        { kind: 'cancel', ...cancelOf(appointment) },
        made.transactionId,
        'found',
      );
      mustBe(finding.kind, 'found', 'the finding');
    },
  },
  {
    id: 'cancel-not-executed',
    title: 'a cancellation that never arrived is absent: the appointment stands',
    async run(bench) {
      const appointment = await bench.booked();
      await bench.fault({ on: 'cancel', fault: 'reset-before', times: 1 });
      const made = await bench.cancel(cancelOf(appointment));
      mustBeUnknown(made);
      if (bench.manifest.lookup === 'none') return;
      const { finding } = await lookUntil(
        bench,
        { kind: 'cancel', ...cancelOf(appointment) },
        made.transactionId,
        'absent',
      );
      mustBe(finding.kind, 'absent', 'the finding');
    },
  },
];
