-- Webhooks: who wants to be told of what, what was sent, and what came of it.

create table webhook (
  id uuid primary key,
  organization_id uuid not null references organization,
  -- Who made it.
  client_id text not null,
  url text not null,
  description text,
  -- Exactly these types of events; empty: all.
  types text[] not null default '{}',
  -- Only what concerns this connection; null: all.
  connection_id uuid references connection,
  state text not null default 'enabled' check (state in ('enabled', 'disabled')),
  -- Why it is disabled: by-request, gone (it answered 410), failing (no success for days).
  state_reason text,
  -- Sealed (AES-256-GCM, bound to this row). The previous one signs beside it until `previous_until`.
  secret bytea not null,
  previous_secret bytea,
  previous_until timestamptz,
  -- Attempts in a row that failed, and since when. Nothing is sent before `resume_at`.
  failures integer not null default 0,
  failing_since timestamptz,
  resume_at timestamptz,
  last_success_at timestamptz,
  created_at timestamptz not null default now(),
  check ((previous_secret is null) = (previous_until is null)),
  check ((state = 'disabled') = (state_reason is not null))
);
create index webhook_of_organization on webhook (organization_id, id);

create table webhook_delivery (
  id uuid primary key,
  webhook_id uuid not null references webhook on delete cascade,
  organization_id uuid not null,
  event_sequence bigint not null,
  -- Of one appointment the next is sent when the one before has ended.
  appointment_id uuid,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  lease_token uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  unique (webhook_id, event_sequence),
  check ((state = 'pending') = (settled_at is null)),
  check ((lease_token is null) = (lease_until is null))
);
create index webhook_delivery_due on webhook_delivery (webhook_id, due_at) where state = 'pending';
create index webhook_delivery_order on webhook_delivery (webhook_id, appointment_id, event_sequence) where state = 'pending';
create index webhook_delivery_of on webhook_delivery (webhook_id, id desc);
create index webhook_delivery_by_age on webhook_delivery (settled_at) where state <> 'pending';

create table webhook_attempt (
  id uuid primary key,
  delivery_id uuid not null references webhook_delivery on delete cascade,
  webhook_id uuid not null,
  number integer not null,
  at timestamptz not null default now(),
  duration_ms integer not null,
  -- What the endpoint answered; null when it did not.
  status smallint,
  -- Why it counts as failed; null when it did not.
  error_code text
);
create index webhook_attempt_of on webhook_attempt (webhook_id, id desc);
create index webhook_attempt_of_delivery on webhook_attempt (delivery_id);
