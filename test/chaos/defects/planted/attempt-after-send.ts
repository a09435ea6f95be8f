import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'attempt-after-send',
  what: 'the attempt is written when the call has ended, not before its bytes leave',
  breaks: 'I4',
  hunt: { by: 'simulation' },
  edits: [
    {
      file: 'src/dispatch/dispatcher.ts',
      find: 'const begun = await this.#beginBooking(errand, seen);',
      replace: 'const begun = undefined as Begun | undefined;',
    },
    {
      file: 'src/dispatch/dispatcher.ts',
      find: 'const since = begun?.since ?? thisMoment();\n    const { attempt, mappings } = begun ?? (await this.#begin(run, work, step));',
      replace: `const since = thisMoment();
    const attempt = { id: '', number: 1 };
    const mappings = await connection.mappingsFor({ transactionId: work.id, began: work.mappingVersion });`,
    },
    {
      file: 'src/dispatch/dispatcher.ts',
      find: 'return recordOutcome(run, work, step, { attemptId: attempt.id, earlierMappings, ...exchanged }, outcome);',
      replace: `const { attempt: late } = await this.#begin(run, work, step);
    return recordOutcome(run, work, step, { attemptId: late.id, earlierMappings, ...exchanged }, outcome);`,
    },
  ],
};
