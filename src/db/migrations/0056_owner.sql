-- Who has taken on what waits for a person: a transaction, or a message of a HIS that is held. No row: nobody. It stays when the work
-- is done, and says who saw to it.
create table work_owner (
  -- The one or the other of the two below.
  subject_id uuid primary key,
  organization_id uuid not null references organization,
  transaction_id uuid references transaction,
  received_message_id uuid references received_message on delete cascade,
  -- A person, as tokens name it: of an outside identity provider the hub has no account.
  owner_id text not null,
  assigned_by text not null,
  since timestamptz not null default now(),
  check (subject_id = coalesce(transaction_id, received_message_id)),
  check ((transaction_id is null) = (received_message_id is not null))
);
create index work_owner_of on work_owner (organization_id, owner_id, since desc);
-- For the deletion of messages.
create index work_owner_of_message on work_owner (received_message_id) where received_message_id is not null;
call keep_apart('work_owner');
