-- Who has looked at what was sent for a transaction as it was, and why. Nobody is shown it without such a row.
create table reveal (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  transaction_id uuid not null references transaction,
  client_id text not null,
  -- Sealed.
  reason bytea not null,
  revealed_at timestamptz not null default now(),
  -- So long it may be on a screen, and so long an alert is open.
  hidden_at timestamptz not null
);
create index reveal_open on reveal (hidden_at);
create trigger reveal_append_only before update or delete on reveal for each row execute function refuse_change();
create trigger reveal_no_truncate before truncate on reveal for each statement execute function refuse_change();
call keep_apart('reveal');
