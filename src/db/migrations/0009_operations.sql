-- What keeps a night quiet: limits that all processes keep together, appointments that are stuck, a second pair of eyes.

-- A person has set a disputed transaction (needs_review) aside: what was asked after it goes on. Null again once it is replayed.
alter table transaction add column released_at timestamptz;

create table transaction_release (
  id uuid primary key,
  transaction_id uuid not null references transaction,
  client_id text not null,
  -- Sealed: it may hold PHI.
  reason bytea not null,
  at timestamptz not null default now()
);
create index transaction_release_of on transaction_release (transaction_id);
create trigger transaction_release_append_only before update or delete on transaction_release
  for each row execute function refuse_change();
create trigger transaction_release_no_truncate before truncate on transaction_release
  for each statement execute function refuse_change();

-- The blocked appointments that somebody was told of: each is told once.
create table blocked_appointment (
  appointment_id uuid primary key references appointment,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  transaction_id uuid not null references transaction,
  told_at timestamptz not null default now()
);

-- An edited replay that waits for a second person, or did.
create table replay_request (
  id uuid primary key,
  organization_id uuid not null references organization,
  transaction_id uuid not null references transaction,
  -- Who asked for it.
  client_id text not null,
  -- The names of what is to be changed.
  members text[] not null,
  -- Sealed (AES-256-GCM, bound to this row's id): JSON of the members, as they were and as they are to be; and why.
  before bytea not null,
  after bytea not null,
  reason bytea,
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'rejected')),
  asked_at timestamptz not null default now(),
  decided_by text,
  decided_at timestamptz,
  check ((state = 'waiting') = (decided_by is null and decided_at is null)),
  -- The second person is another one.
  check (state <> 'approved' or decided_by <> client_id)
);
create unique index replay_request_waiting on replay_request (transaction_id) where state = 'waiting';
create index replay_request_of on replay_request (transaction_id, id desc);

-- When the next call to a HIS may begin, whichever process makes it. Unlogged: written at every call, worth nothing after a crash.
create unlogged table call_rate (
  connection_id uuid primary key,
  next_at timestamptz not null,
  -- The HIS has asked to be left alone until then.
  throttled_until timestamptz
);

-- The processes of this hub that are alive.
create unlogged table process_presence (
  id uuid primary key,
  works boolean not null,
  seen_at timestamptz not null default now()
);

create index transaction_disputed on transaction (organization_id, sequence) where state = 'needs_review';

-- Appointments whose oldest open change holds up whatever is asked later: it waits for a person, or is older than the policy of its
-- connection allows while others wait behind it. `is_due`: for so long that somebody is to be told.
create view appointment_block as
select t.appointment_id, t.organization_id, t.connection_id, t.id as transaction_id, t.sequence, t.kind, t.state, t.error_code,
  block.since, behind.waiting, block.since <= now() - patience.age as is_due
from transaction t
join connection c on c.id = t.connection_id
cross join lateral (
  select coalesce((c.policy ->> 'blockedAfterMs')::float8, 900000) * interval '1 ms' as age) patience
cross join lateral (
  select case when t.state = 'needs_review' then t.settled_at else t.created_at end as since) block
cross join lateral (
  select count(*)::int as waiting from transaction later
  where later.appointment_id = t.appointment_id and later.sequence > t.sequence
    and later.state not in ('succeeded', 'rejected', 'superseded', 'failed', 'needs_review')) behind
where t.released_at is null
  and (t.state = 'needs_review'
    or (t.state not in ('succeeded', 'rejected', 'superseded', 'failed', 'needs_review')
      and t.created_at <= now() - patience.age and behind.waiting > 0))
  and not exists (
    select 1 from transaction older
    where older.appointment_id = t.appointment_id and older.sequence < t.sequence
      and older.state not in ('succeeded', 'rejected', 'superseded', 'failed') and older.released_at is null);
