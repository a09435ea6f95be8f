import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'no-fencing',
  what: 'a worker whose lease is over still writes what it found',
  breaks: 'I10',
  hunt: { by: 'simulation' },
  edits: [
    {
      file: 'src/ledger/transition.ts',
      find: 'where id = $1 and state = $2 and lease_token is not distinct from $3::uuid',
      replace: 'where id = $1 and ($2::text is not null or $3::uuid is not null)',
    },
    {
      // The attempt of a lost worker has its result already; that alone would refuse a second one.
      file: 'src/ledger/lease.ts',
      find: 'where a.transaction_id = $1 and a.lease_token = $2 and r.attempt_id is null',
      replace: 'where $1::uuid is null and $2::uuid is null',
    },
  ],
};
