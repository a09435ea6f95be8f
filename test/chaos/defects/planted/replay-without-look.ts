import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'replay-without-look',
  what: 'a replay sends what may have been executed, without asking the HIS first',
  breaks: 'I3',
  hunt: { by: 'simulation' },
  edits: [
    {
      file: 'src/domain/transaction.ts',
      find: `edge('needs_review', 'replayed', 'unknown', 'replayed')`,
      replace: `edge('needs_review', 'replayed', 'queued', 'replayed')`,
    },
  ],
};
