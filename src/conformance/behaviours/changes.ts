/** Cancelling, moving, holding: each answers for itself, also when its answer is lost. */
import type { RescheduleRequest, SlotAtHis } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { mustBe, mustBeOneOf, NotApplicable } from '../must.ts';
import { wordsOf, type Appointment, type Bench, type Written } from '../bench.ts';
import { lookUntil } from '../look-until.ts';
import { mustBeUnknown, mustNotSendAgain } from './lost-answers.ts';

const SLOTS_TO_CHOOSE_FROM = 10;

const cancelOf = (appointment: Appointment) => ({ ...appointment, reason: null });

/** A key of the same form, which nobody has. */
const unlike = (key: string): string => `${key.slice(0, -1)}${key.endsWith('1') ? '2' : '1'}`;

/** `at-one-time`: to another provider, who is free at the very time. */
async function moving(
  bench: Bench,
  way: 'to-another-time' | 'at-one-time' = 'to-another-time',
): Promise<RescheduleRequest> {
  const [from, ...others] = await bench.slots(SLOTS_TO_CHOOSE_FROM);
  const to = others.find(({ start }) => (start === from?.start) === (way === 'at-one-time'));
  if (from === undefined || to === undefined)
    throw new NotApplicable('its sandbox has no two providers who are free at one time');
  return { ...cancelOf(await bench.booked(from)), to };
}

const move = (bench: Bench, request: RescheduleRequest, options = {}): Promise<Written> =>
  bench.write((call, connector) => {
    if (connector.reschedule === undefined) throw new Error('reschedule() is missing');
    return connector.reschedule(call, request);
  }, options);

async function mustStandAt(bench: Bench, { externalId }: { externalId: string }, slotId: string): Promise<void> {
  const held = await bench.holding(externalId);
  mustBe(held?.status, 'booked', 'the appointment at the HIS');
  if (held?.slotId !== undefined) mustBe(held.slotId, slotId, 'its slot');
}

async function isOffered(bench: Bench, { externalId, start, end }: SlotAtHis): Promise<boolean> {
  return (await bench.slotsIn({ from: start, to: end })).some((each) => each.externalId === externalId);
}

export const changes: readonly Behaviour[] = [
  {
    id: 'cancels',
    title: 'a cancelled appointment is cancelled at the HIS, and its slot can be booked again',
    async run(bench) {
      const appointment = await bench.booked();
      mustBe(wordsOf((await bench.cancel(cancelOf(appointment))).outcome), 'success', 'the cancellation');
      mustBe((await bench.holding(appointment.externalId))?.status, 'cancelled', 'the appointment at the HIS');
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
      await mustStandAt(bench, appointment, appointment.slot.externalId);
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
  {
    id: 'reschedules',
    title: 'an appointment moves to another slot, under the same key, and gives its old slot back',
    needs: ['Reschedules'],
    async run(bench) {
      const request = await moving(bench);
      const { outcome } = await move(bench, request);
      mustBe(wordsOf(outcome), 'success', 'the move');
      const externalId = outcome.class === 'success' ? outcome.externalId : '';
      await mustStandAt(bench, { externalId }, request.to.externalId);
      const again = await bench.book(await bench.booking(request.slot));
      mustBe(wordsOf(again.outcome), 'success', 'booking the old slot');
    },
  },
  {
    id: 'reschedule-into-taken',
    title: 'a move into a taken slot is a conflict, and the appointment keeps the slot that it has',
    needs: ['Reschedules'],
    async run(bench) {
      const request = await moving(bench);
      await bench.takeSlot(request.to);
      mustBe(wordsOf((await move(bench, request)).outcome), 'conflict slot-taken', 'the move');
      await mustStandAt(bench, request, request.slot.externalId);
    },
  },
  {
    id: 'reschedule-answer-lost',
    title: 'a move whose answer is lost is unknown, then found',
    needs: ['Reschedules'],
    async run(bench) {
      const request = await moving(bench);
      await bench.fault({ on: 'reschedule', fault: 'reset-after-commit', times: 1 });
      const made = await move(bench, request);
      mustBeUnknown(made);
      mustNotSendAgain(made);
      if (bench.manifest.lookup === 'none') return;
      const { finding } = await lookUntil(bench, { kind: 'reschedule', ...request }, made.transactionId, 'found');
      mustBe(finding.kind, 'found', 'the finding');
    },
  },
  {
    id: 'reschedule-not-executed',
    title: 'a move that never arrived is absent: the appointment stands where it was',
    needs: ['Reschedules'],
    async run(bench) {
      const request = await moving(bench);
      await bench.fault({ on: 'reschedule', fault: 'reset-before', times: 1 });
      const made = await move(bench, request);
      mustBeUnknown(made);
      if (bench.manifest.lookup === 'none') return;
      const { finding } = await lookUntil(bench, { kind: 'reschedule', ...request }, made.transactionId, 'absent');
      mustBe(finding.kind, 'absent', 'the finding');
    },
  },
  {
    id: 'reschedule-to-another-provider',
    title:
      'a move to another provider at the very same time, which never arrived, is absent: the time alone proves nothing',
    needs: ['Reschedules'],
    async run(bench) {
      const request = await moving(bench, 'at-one-time');
      await bench.fault({ on: 'reschedule', fault: 'reset-before', times: 1 });
      const made = await move(bench, request);
      mustBeUnknown(made);
      if (bench.manifest.lookup === 'none') return;
      const { finding } = await lookUntil(bench, { kind: 'reschedule', ...request }, made.transactionId, 'absent');
      mustBe(finding.kind, 'absent', 'the finding');
      await mustStandAt(bench, request, request.slot.externalId);
    },
  },
  {
    id: 'holds',
    title: 'a held slot is offered to nobody, and offered again when it is given back',
    needs: ['HIS', 'HoldsSlots'],
    async run(bench) {
      const slot = await bench.slot();
      const hold = async (release: boolean): Promise<string> =>
        wordsOf(
          (
            await bench.write((call, connector) => {
              if (connector.hold === undefined) throw new Error('hold() is missing');
              return connector.hold(call, { slot, release });
            })
          ).outcome,
        );
      mustBe(await hold(false), 'success', 'the hold');
      mustBe(await isOffered(bench, slot), false, 'whether the held slot is offered');
      mustBe(await hold(true), 'success', 'the release');
      mustBe(await isOffered(bench, slot), true, 'whether the released slot is offered');
    },
  },
  {
    id: 'hold-taken',
    title: 'a taken slot cannot be held',
    needs: ['HIS', 'HoldsSlots'],
    async run(bench) {
      const slot = await bench.slot();
      await bench.takeSlot(slot);
      const { outcome } = await bench.write((call, connector) => {
        if (connector.hold === undefined) throw new Error('hold() is missing');
        return connector.hold(call, { slot, release: false });
      });
      mustBeOneOf(outcome.class, ['conflict'], `the class of the outcome (${wordsOf(outcome)})`);
    },
  },
];
