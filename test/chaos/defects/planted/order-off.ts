import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'order-off',
  what: 'changes of one appointment go out in any order',
  breaks: 'I6',
  hunt: { by: 'simulation' },
  edits: [
    {
      file: 'src/ledger/hand-over.ts',
      find: 'where older.appointment_id = t.appointment_id and older.sequence < t.sequence',
      replace: 'where older.appointment_id = t.appointment_id and older.id = t.id and older.sequence < t.sequence',
    },
  ],
};
