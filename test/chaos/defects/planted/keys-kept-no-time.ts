import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'keys-kept-no-time',
  what: 'retention 0: a repeated request with its Idempotency-Key is a new one',
  breaks: 'I1',
  hunt: { by: 'simulation' },
  edits: [
    {
      file: 'src/ledger/idempotency.ts',
      find: '  const inserted = await tx.query(\n    `insert into idempotency_record',
      replace:
        '  await tx.query("delete from idempotency_record where organization_id = $1 and client_id = $2 and route = $3 and key = $4", keyValues(id));\n  const inserted = await tx.query(\n    `insert into idempotency_record',
    },
  ],
};
