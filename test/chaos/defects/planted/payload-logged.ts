import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'payload-logged',
  what: 'a refused call is logged with the work order that it was made for',
  breaks: 'I7',
  hunt: { by: 'row', row: 'answer-lost' },
  edits: [
    {
      file: 'src/dispatch/dispatcher.ts',
      find: '    return recordOutcome(run, work, step,',
      replace:
        '    if (outcome.class !== "success") run.log.warn({ transactionId: run.held.id }, `refused: ${JSON.stringify(work)}`);\n    return recordOutcome(run, work, step,',
    },
  ],
};
