import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'slot-claims-shared',
  what: 'the unique claim of a slot is dropped: whoever asks for a slot gets it',
  breaks: 'I2',
  hunt: { by: 'simulation' },
  edits: [
    {
      file: 'src/ledger/slot-claim.ts',
      find: `organization_id = $1 and status = 'free' and start_at > now()`,
      replace: 'organization_id = $1 and start_at > now()',
    },
    {
      file: 'src/ledger/slot-claim.ts',
      find: 'insert into slot_claim (slot_id, appointment_id) select id, $5 from taken',
      replace: 'insert into slot_claim (slot_id, appointment_id) select id, $5 from taken on conflict do nothing',
    },
    {
      file: 'src/commands/book-statement.ts',
      find: `and s.status = 'free' and s.start_at > now()`,
      replace: 'and s.start_at > now()',
    },
    {
      file: 'src/commands/book-statement.ts',
      find: 'insert into slot_claim (slot_id, appointment_id) select slot_id, appointment_id from made',
      replace:
        'insert into slot_claim (slot_id, appointment_id) select slot_id, appointment_id from made on conflict do nothing',
    },
  ],
};
