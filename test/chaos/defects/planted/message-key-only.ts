import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'message-key-only',
  what: 'a message is a repeat when its MSH-10 was seen before, whatever it says',
  breaks: 'I6',
  hunt: { by: 'row', row: 'feed-keys' },
  edits: [
    {
      file: 'src/ledger/received-message.ts',
      find: 'from asked a order by nth\n    on conflict',
      replace:
        'from asked a where not exists (select 1 from received_message r where r.connection_id = a.connection_id and r.message_id = a.message_id) order by nth\n    on conflict',
    },
    {
      file: 'src/ledger/received-message.ts',
      find: 'where connection_id = $1 and message_id = $2 and body_hash = $3',
      replace: 'where connection_id = $1 and message_id = $2 and $3::bytea is not null',
    },
  ],
};
