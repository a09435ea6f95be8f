/** The words for plans, their predictions and their results. */
import type { Schemas } from '../api/contract.ts';

export type Plan = Schemas['replay-plan'];
export type PlanItem = NonNullable<Plan['items']>[number];

export const PREDICTIONS: Readonly<Record<PlanItem['predicted'], string>> = {
  'will-create': 'will be done',
  'already-done': 'is done already',
  'will-conflict': 'will be refused: its slot is taken',
  superseded: 'is out of date: something later was asked',
  'not-replayable': 'cannot be replayed',
};

export const PLAN_STATES: Readonly<
  Record<Plan['state'], readonly [label: string, colour: 'busy' | 'wait' | 'over' | 'good' | 'person']>
> = {
  planned: ['Planned', 'person'],
  running: ['Running', 'busy'],
  paused: ['Paused', 'wait'],
  cancelled: ['Cancelled', 'over'],
  finished: ['Finished', 'good'],
};

/** In the order of a bar: what went well first, what is still to come last. */
export const PROGRESS: readonly (readonly [part: keyof Plan['progress'], label: string, colour: string])[] = [
  ['succeeded', 'succeeded', 'var(--state-good)'],
  ['rejected', 'rejected', 'var(--state-over)'],
  ['superseded', 'superseded', 'var(--state-over)'],
  ['skipped', 'skipped', 'var(--state-over)'],
  ['refused', 'refused', 'var(--state-wait)'],
  ['failed', 'failed', 'var(--state-bad)'],
  ['needsReview', 'need review', 'var(--state-person)'],
  ['open', 'under way', 'var(--state-busy)'],
  ['cancelled', 'cancelled', 'var(--mantine-color-default-border)'],
  ['waiting', 'waiting', 'var(--mantine-color-default-border)'],
];

/** More than these are run only once their number was typed. */
export const UNASKED_MAX = 50;
