/** A child of a TrialPool in which a mapping of the name `endless` goes on for ever: no rule of the language can. */
import { serveTasks } from '../../src/mapping/serve-tasks.ts';
import { answerTrial } from '../../src/mapping/trial-answer.ts';
import type { Trial } from '../../src/mapping/trial.ts';

serveTasks<Trial>((trial, contracts) => {
  for (; trial.mapping === 'endless';);
  return answerTrial(trial, contracts);
});
