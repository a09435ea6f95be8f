import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'attempt-after-send',
  what: 'the attempt is written when the call has ended, not before its bytes leave',
  breaks: 'I4',
  hunt: { by: 'simulation' },
  edits: [
    {
      file: 'src/dispatch/dispatcher.ts',
      find: 'const since = thisMoment();\n    const attempt = await this.#begin(run, step);',
      replace: 'const since = thisMoment();\n    const attempt = { id: "", number: work.retries + 1 };',
    },
    {
      file: 'src/dispatch/dispatcher.ts',
      find: 'return recordOutcome(run, work, step, { attemptId: attempt.id, ...exchanged }, outcome);',
      replace:
        'const { id } = await this.#begin(run, step);\n    return recordOutcome(run, work, step, { attemptId: id, ...exchanged }, outcome);',
    },
  ],
};
