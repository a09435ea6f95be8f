/** What runs in a child process of a TrialPool that tries mappings out, and nothing else. */
import { serveTasks } from './serve-tasks.ts';
import { answerTrial } from './trial-answer.ts';
import type { Trial } from './trial.ts';

serveTasks<Trial>(answerTrial);
