/** Moving in place: into what is free, or not at all; and what became of it when the answer is lost. */
import type { RescheduleRequest, SlotAtHis } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { wordsOf, type Bench } from '../bench.ts';
import { lookUntil } from '../look-until.ts';
import { mustBe, NotApplicable } from '../must.ts';
import { cancelOf, mustStandAt } from './cancelling.ts';
import { mustBeUnknown, mustNotSendAgain } from '../unknown.ts';

/** Of one hour of the day there may be one provider's slots only: enough to reach into another. */
const SLOTS_TO_CHOOSE_FROM = 30;

/** `at-one-time`: to another provider, who is free at the very time. */
async function moving(
  bench: Bench,
  way: 'to-another-time' | 'at-one-time' = 'to-another-time',
): Promise<RescheduleRequest> {
  const slots = await bench.slots(SLOTS_TO_CHOOSE_FROM);
  const fits = (a: SlotAtHis, b: SlotAtHis): boolean => a !== b && (a.start === b.start) === (way === 'at-one-time');
  const from = slots.find((each) => slots.some((other) => fits(each, other)));
  const to = slots.find((each) => from !== undefined && fits(from, each));
  if (from === undefined || to === undefined)
    throw new NotApplicable('its sandbox has no two providers who are free at one time');
  return { ...cancelOf(await bench.booked(from)), to };
}

export const rescheduling: readonly Behaviour[] = [
  {
    id: 'reschedules',
    title: 'an appointment moves to another slot, under the same key, and gives its old slot back',
    needs: ['Reschedules'],
    async run(bench) {
      const request = await moving(bench);
      const { outcome } = await bench.reschedule(request);
      mustBe(wordsOf(outcome), 'success', 'the move');
      const externalId = outcome.class === 'success' ? outcome.externalId : '';
      await mustStandAt(bench, externalId, request.to.externalId);
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
      await bench.side.takeSlot(request.to);
      mustBe(wordsOf((await bench.reschedule(request)).outcome), 'conflict slot-taken', 'the move');
      await mustStandAt(bench, request.externalId, request.slot.externalId);
    },
  },
  {
    id: 'reschedule-answer-lost',
    title: 'a move whose answer is lost is unknown, then found',
    needs: ['Reschedules'],
    async run(bench) {
      const request = await moving(bench);
      await bench.fault({ on: 'reschedule', fault: 'reset-after-commit', times: 1 });
      const made = await bench.reschedule(request);
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
      const made = await bench.reschedule(request);
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
      const made = await bench.reschedule(request);
      mustBeUnknown(made);
      if (bench.manifest.lookup === 'none') return;
      const { finding } = await lookUntil(bench, { kind: 'reschedule', ...request }, made.transactionId, 'absent');
      mustBe(finding.kind, 'absent', 'the finding');
      await mustStandAt(bench, request.externalId, request.slot.externalId);
    },
  },
];
