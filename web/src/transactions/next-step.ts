/** What a person can safely do about a transaction: said in a sentence, from its state and its error. */
import type { Transaction } from './transaction-columns.tsx';

export interface NextStep {
  readonly text: string;
  /** Whether anything is to be done at all. */
  readonly isForPerson: boolean;
}

const wait = (text: string): NextStep => ({ text, isForPerson: false });
const act = (text: string): NextStep => ({ text, isForPerson: true });

export function nextStep({ state, errorClass, errorCode, releasedAt }: Transaction): NextStep {
  switch (state) {
    case 'queued':
    case 'sending':
      return wait('On its way. Nothing to do.');
    case 'retrying':
      return wait('Certainly not done yet, and tried again by itself. Nothing to do.');
    case 'parked':
      return wait(
        'Waits until the hospital can be called again, and is sent by itself then. See the connection for why.',
      );
    case 'unknown':
    case 'verifying':
      return wait('The answer was lost. The hospital is being asked what became of it; nothing is sent meanwhile.');
    case 'needs_review':
      return releasedAt !== null && releasedAt !== undefined
        ? act(
            'It was set aside: it blocks nothing, and still waits to be settled. Look at the hospital, then settle it.',
          )
        : act(
            'Nobody knows whether the hospital has done it. Have the hospital asked once more, or look there yourself and settle it by hand.',
          );
    case 'failed':
      return act(FAILED[errorClass ?? ''] ?? 'Certainly not done. Mend the cause, then replay it.');
    case 'rejected':
      return wait(
        REJECTED[errorCode ?? ''] ?? 'The hospital said no, for good. Whoever asked was told. Nothing to do.',
      );
    case 'superseded':
      return wait('Something asked later has replaced it. Nothing to do.');
    case 'succeeded':
      return wait('The hospital has confirmed it. Nothing to do.');
    default:
      return state satisfies never;
  }
}

const REJECTED: Readonly<Record<string, string>> = {
  'slot-taken': 'The slot was taken at the hospital. The app was told, with other free slots. Nothing to do.',
  'slot-moved':
    'The hospital has given the slot another time since, so nothing was sent. Whoever asked was told. Nothing to do.',
};

const FAILED: Readonly<Record<string, string>> = {
  invalid:
    'The hospital did not understand it. Mend the mapping, or the data, then replay it with the present mapping.',
  auth: 'The hospital refused the credentials. Put the connection right, check it, then replay.',
  transient: 'The hospital could not be reached for too long. Check the connection, then replay.',
  throttled: 'The hospital asked to be left alone for too long. Lower the rate of the connection, then replay.',
  unsupported: 'The hospital cannot do this. It is to be done there by hand.',
  'not-found': 'The hospital does not know what it is about. Reconcile the connection, then replay.',
  conflict: 'It does not fit what the hospital has. Reconcile the connection, then replay.',
};
