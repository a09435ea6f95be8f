/** For a TrialPool: takes long to begin, and answers at once. */
import { serveTasks } from '../../src/mapping/index.ts';

const BEGINS_AFTER_MS = 1_200;
for (const until = performance.now() + BEGINS_AFTER_MS; performance.now() < until;);
serveTasks(() => ({ kind: 'done' }));
