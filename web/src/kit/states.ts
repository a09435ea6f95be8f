/** The states of a transaction, in the order in which a person looks at them, with their words and colours. */
import type { Schemas } from '../api/contract.ts';
import type { Colour } from './colour.ts';

export type TransactionState = Schemas['transaction-state'];

interface StateWords {
  readonly label: string;
  readonly colour: Colour;
  readonly help: string;
}

export const STATES: Readonly<Record<TransactionState, StateWords>> = {
  needs_review: {
    label: 'Needs review',
    colour: 'person',
    help: 'Nobody knows whether the hospital has done it. A person decides.',
  },
  failed: { label: 'Failed', colour: 'bad', help: 'Certainly not done. Mend the cause, then replay it.' },
  unknown: {
    label: 'Unknown',
    colour: 'doubt',
    help: 'The answer was lost. It is being looked up; nothing is sent meanwhile.',
  },
  verifying: { label: 'Verifying', colour: 'doubt', help: 'The hospital is being asked whether it was done.' },
  parked: { label: 'Parked', colour: 'wait', help: 'Waits until the hospital takes calls again. Sent by itself then.' },
  retrying: { label: 'Retrying', colour: 'wait', help: 'Not done, and certain to be tried again by itself.' },
  sending: { label: 'Sending', colour: 'busy', help: 'On its way to the hospital.' },
  queued: { label: 'Queued', colour: 'busy', help: 'Waits for its turn.' },
  rejected: { label: 'Rejected', colour: 'over', help: 'The hospital said no.' },
  superseded: { label: 'Superseded', colour: 'over', help: 'Something asked later has replaced it.' },
  succeeded: { label: 'Succeeded', colour: 'good', help: 'The hospital has confirmed it.' },
};

export const STATE_ORDER = Object.keys(STATES) as readonly TransactionState[];

/** They wait for a person. */
export const waitsForPerson = (state: TransactionState): boolean => state === 'failed' || state === 'needs_review';

export const KINDS: Readonly<Record<Schemas['transaction-kind'], string>> = {
  book: 'Book',
  reschedule: 'Move',
  cancel: 'Cancel',
};
