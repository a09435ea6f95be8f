/** Answers that this process remembers. */
import { RememberedAnswers } from '../queries/remembered-answers.ts';
import { deleteOldSlotChanges } from '../queries/slot-changes.ts';
import type { Base, Store } from './base.ts';

export function openAnswers({ log, onStop }: Base, { db }: Store): RememberedAnswers {
  const deleting = deleteOldSlotChanges(db, (error) =>
    log.warn({ err: error }, 'notes of changed slots were not deleted; tried again'),
  );
  onStop(() => deleting.stop());
  return new RememberedAnswers(db);
}
