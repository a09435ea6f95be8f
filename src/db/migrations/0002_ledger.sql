-- The ledger: transactions, their attempts and results, events, answers, requests.

create table transaction (
  id uuid primary key,
  -- Order of creation; changes of one appointment reach the HIS in this order.
  sequence bigint generated always as identity unique,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  appointment_id uuid not null references appointment deferrable initially deferred,
  client_id text not null,
  kind text not null check (kind in ('book', 'reschedule', 'cancel')),
  state text not null check (state in ('queued', 'sending', 'retrying', 'parked', 'unknown', 'verifying',
    'needs_review', 'failed', 'succeeded', 'rejected', 'superseded')),
  -- The step being done, where a change takes more than one call (match the patient, book, cancel the old one).
  step text,
  -- Where to, and from where; ids only.
  slot_id uuid not null references slot,
  from_slot_id uuid references slot,
  -- The HIS's keys of what a finished step made, until the transaction settles.
  step_external_id text,
  step_identifiers jsonb not null default '[]',
  -- Why it is cancelled: sealed, it may hold PHI.
  reason bytea,
  attempts integer not null default 0,
  retries integer not null default 0,
  looks integer not null default 0,
  -- How often it was proved absent, and sent again.
  resends integer not null default 0,
  unknown_since timestamptz,
  absent_since timestamptz,
  error_class text,
  error_code text,
  mapping_version text,
  -- When it may be worked on next.
  due_at timestamptz not null default now(),
  lease_token uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  check ((kind = 'reschedule') = (from_slot_id is not null)),
  check ((state in ('sending', 'verifying')) = (lease_token is not null)),
  check ((state in ('succeeded', 'rejected', 'superseded', 'failed', 'needs_review')) = (settled_at is not null))
);
create index transaction_of_appointment on transaction (appointment_id, sequence);
create index transaction_open on transaction (connection_id, due_at)
  where state not in ('succeeded', 'rejected', 'superseded', 'failed', 'needs_review');
create index transaction_settled on transaction (connection_id, state, settled_at)
  where state in ('succeeded', 'failed', 'needs_review');
create index transaction_by_time on transaction (organization_id, sequence desc);

-- Written, and committed, before a byte leaves for the HIS.
create table attempt (
  id uuid primary key,
  transaction_id uuid not null references transaction,
  number integer not null,
  step text not null,
  purpose text not null check (purpose in ('execute', 'look-up')),
  lease_token uuid not null,
  started_at timestamptz not null default now(),
  unique (transaction_id, number)
);

create table attempt_result (
  attempt_id uuid primary key references attempt,
  class text not null,
  reason text,
  vendor_code text,
  duration_ms integer not null,
  ended_at timestamptz not null default now(),
  -- The exchanges with the HIS, sealed (AES-256-GCM, bound to the attempt's id).
  exchanges bytea
);

create table event (
  id uuid primary key,
  sequence bigint generated always as identity unique,
  organization_id uuid not null references organization,
  type text not null,
  connection_id uuid,
  appointment_id uuid,
  transaction_id uuid,
  data jsonb not null default '{}',
  occurred_at timestamptz not null default now()
);
create index event_of_transaction on event (transaction_id, sequence);
create index event_by_organization on event (organization_id, sequence);

-- The answer that a repeat of the same request gets. `status` is null while the first is still at work.
create table idempotency_record (
  organization_id uuid not null references organization,
  client_id text not null,
  route text not null,
  key text not null check (length(key) <= 255),
  fingerprint bytea not null,
  appointment_id uuid,
  transaction_id uuid,
  -- The first is at work until then; later than that it is taken for dead, and the answer is made from the appointment.
  working_until timestamptz,
  status smallint,
  -- Sealed: the body may hold PHI.
  answer bytea,
  created_at timestamptz not null default now(),
  primary key (organization_id, client_id, route, key)
);
create index idempotency_record_by_age on idempotency_record (created_at);

create table api_request (
  id uuid primary key,
  organization_id uuid,
  client_id text,
  transaction_id uuid not null,
  method text not null,
  -- The route's template, never the URL: ids and search terms stay out.
  route text not null,
  status smallint not null,
  error_code text,
  duration_ms integer not null,
  at timestamptz not null
);
create index api_request_by_time on api_request (organization_id, at desc, id);
create index api_request_of_transaction on api_request (transaction_id);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

-- Truncating is a change of all rows at once.
create trigger attempt_no_truncate before truncate on attempt for each statement execute function refuse_change();
create trigger attempt_result_no_truncate before truncate on attempt_result for each statement execute function refuse_change();
create trigger event_no_truncate before truncate on event for each statement execute function refuse_change();

create trigger attempt_append_only before update or delete on attempt
  for each row execute function refuse_change();
create trigger attempt_result_append_only before update or delete on attempt_result
  for each row execute function refuse_change();
create trigger event_append_only before update or delete on event
  for each row execute function refuse_change();
