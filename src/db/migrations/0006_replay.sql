-- Sending once more what failed, one by one or many by a plan; and a person's word on what nobody else can find out.

-- How often a person has sent it once more.
alter table transaction add column replays integer not null default 0;

-- What a person changed before sending it once more.
create table replay_edit (
  id uuid primary key,
  transaction_id uuid not null references transaction,
  client_id text not null,
  -- The names of what was changed.
  members text[] not null,
  -- Sealed (AES-256-GCM, bound to this row's id): JSON of the members, as they were and as they are now.
  before bytea not null,
  after bytea not null,
  at timestamptz not null default now()
);
create index replay_edit_of on replay_edit (transaction_id);

create table resolution (
  transaction_id uuid primary key references transaction,
  client_id text not null,
  resolved_as text not null check (resolved_as in ('booked', 'absent')),
  external_id text,
  -- Sealed: it may hold PHI.
  reason bytea not null,
  at timestamptz not null default now()
);

create table replay_plan (
  id uuid primary key,
  organization_id uuid not null references organization,
  client_id text not null,
  -- What was asked for; the items are what it came to, and stay what they are.
  filter jsonb not null,
  ceiling integer not null,
  rate_per_second integer not null,
  state text not null check (state in ('planned', 'running', 'paused', 'cancelled', 'finished')),
  -- The next item goes no sooner: what keeps the rate, whichever process runs the plan.
  next_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
create index replay_plan_running on replay_plan (started_at, id) where state = 'running';
create index replay_plan_by_organization on replay_plan (organization_id, id desc);

create table replay_plan_item (
  plan_id uuid not null references replay_plan,
  -- Oldest transaction first.
  position integer not null,
  transaction_id uuid not null references transaction,
  predicted text not null
    check (predicted in ('will-create', 'already-done', 'will-conflict', 'superseded', 'not-replayable')),
  -- Its outcome is unknown: the HIS is asked before anything is sent.
  asks_first boolean not null,
  later_transaction_id uuid,
  state text not null check (state in ('waiting', 'replayed', 'refused', 'skipped', 'cancelled')),
  -- Why it was refused; or how its transaction had ended when the plan had.
  result text,
  done_at timestamptz,
  primary key (plan_id, position),
  unique (plan_id, transaction_id)
);
create index replay_plan_item_waiting on replay_plan_item (plan_id, position) where state = 'waiting';

create trigger replay_edit_append_only before update or delete on replay_edit
  for each row execute function refuse_change();
create trigger replay_edit_no_truncate before truncate on replay_edit
  for each statement execute function refuse_change();
create trigger resolution_append_only before update or delete on resolution
  for each row execute function refuse_change();
create trigger resolution_no_truncate before truncate on resolution
  for each statement execute function refuse_change();
