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
    {
      file: 'src/commands/book-statement.ts',
      find: 'from fit on conflict do nothing returning transaction_id',
      replace:
        'from fit on conflict (organization_id, client_id, route, key) do update set appointment_id = excluded.appointment_id, transaction_id = excluded.transaction_id, status = null, answer = null, booked = excluded.booked returning transaction_id',
    },
  ],
};
