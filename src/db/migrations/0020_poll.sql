-- In step with the HIS: how far each was read, what differed, and which feeds have fallen silent.

-- One process at a time reads a HIS, for polls and reconciliations alike.
create table poll (
  connection_id uuid primary key references connection,
  lease_token uuid,
  lease_until timestamptz,
  -- What the last complete reading left out, because no table lists a code.
  left_out integer not null default 0,
  reconcile_due_at timestamptz not null default now() + interval '1 hour'
);

-- The schedule of a connection: one row for each band of days, 0 for its directory (providers, locations).
create table poll_band (
  connection_id uuid not null references poll,
  until_days integer not null,
  due_at timestamptz not null default now(),
  -- Under way: what starts before `cursor_at` was read, up to `window_to`. A process that dies is followed from there.
  cursor_at timestamptz,
  window_to timestamptz,
  failures integer not null default 0,
  done_at timestamptz,
  primary key (connection_id, until_days),
  check ((cursor_at is null) = (window_to is null))
);
create index poll_band_due on poll_band (due_at);

create table reconciliation_run (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  -- Who asked for it; null: the schedule.
  asked_by text,
  error_code text,
  -- What was compared, and found, as numbers.
  counts jsonb not null default '{}',
  asked_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
create unique index reconciliation_run_open on reconciliation_run (connection_id) where state in ('waiting', 'running');
create index reconciliation_run_by_organization on reconciliation_run (organization_id, id desc);

create table drift (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  -- Null: found by a poll.
  run_id uuid references reconciliation_run,
  kind text not null check (kind in ('ghost-slot', 'missing-slot', 'booked-outside', 'cancelled-outside', 'moved-outside',
    'changed-provider', 'patient-merged', 'orphan-at-his', 'unknown-to-his')),
  cause text not null check (cause in ('missed-event', 'late-event', 'mapping', 'edit-at-his', 'zone-shift', 'dst-shift')),
  -- What differs, as one word: the same difference, found again, is the same row while it is open.
  subject text not null,
  state text not null check (state in ('open', 'settled')),
  settlement text not null check (settlement in ('his-wins', 'hub-wins', 'ask')),
  -- Why what was settled by policy was not: a change under way, a slot that another appointment has.
  obstacle text,
  slot_id uuid references slot,
  appointment_id uuid references appointment,
  provider_id uuid references provider,
  transaction_id uuid,
  external_id text,
  -- Keys, times and numbers only; never what is personal.
  details jsonb not null default '{}',
  found_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  settled_at timestamptz,
  settled_by text,
  check ((state = 'settled') = (settled_at is not null))
);
create unique index drift_open on drift (connection_id, kind, subject) where state = 'open';
create index drift_by_organization on drift (organization_id, id desc);
create index drift_of_run on drift (run_id);

-- Feeds that have fallen silent, and were told of: each is told once, and once more when it speaks again.
create table feed_silence (
  connection_id uuid primary key references connection,
  -- When it was last heard; null: never.
  heard_at timestamptz,
  told_at timestamptz not null default now()
);

create index slot_of_connection_by_time on slot (connection_id, start_at);
create index appointment_of_connection_by_time on appointment (connection_id, start_at);
