import type { Defect } from '../defect.ts';

/** As a hub does that deletes its retry before it has saved the run that follows from it. */
export const defect: Defect = {
  name: 'delete-then-insert',
  what: 'the lease is given up in one database transaction, the outcome written in the next',
  breaks: 'I1',
  hunt: { by: 'simulation' },
  edits: [
    {
      file: 'src/ledger/settle.ts',
      find: '): Promise<void> {\n  await ledger.db.transaction(async (tx) => {\n    // Lock order everywhere: appointment, transaction, slot.',
      replace:
        '): Promise<void> {\n  await ledger.db.query("update transaction set lease_until = null where id = $1", [held.id]);\n  await ledger.db.transaction(async (tx) => {',
    },
  ],
};
