-- What a HIS tells by itself is committed as it came, then acknowledged, then applied: in the order of arrival, by whoever of the
-- listeners is alive.

-- What kind of message it is, as its sender calls it (SIU^S12). No PHI.
alter table received_message add column kind text not null default '';
-- Organizations and connections are never deleted: a look at both for each message finds nothing out.
alter table received_message drop constraint received_message_organization_id_fkey;
alter table received_message drop constraint received_message_connection_id_fkey;

-- Committed, and not applied yet.
create table message_to_apply (
  -- Order of arrival.
  sequence bigint generated always as identity,
  connection_id uuid not null,
  received_message_id uuid not null,
  primary key (connection_id, sequence)
);

-- What could not be processed: kept, shown, and applied once more when somebody says so, or when its code is mapped.
create table held_message (
  received_message_id uuid primary key references received_message,
  organization_id uuid not null,
  connection_id uuid not null,
  -- A word for what is wrong, and where; never what stands there.
  code text not null,
  detail text not null,
  -- The code that is waited for.
  unmapped_code_id uuid references unmapped_code,
  state text not null default 'held' check (state in ('held', 'replaying', 'applied', 'dismissed')),
  -- How often it was tried.
  tries integer not null default 1,
  held_at timestamptz not null default now(),
  -- When it was applied after all, or given up by a person.
  settled_at timestamptz,
  settled_by text,
  check ((state in ('applied', 'dismissed')) = (settled_at is not null))
);
create index held_message_open on held_message (organization_id, received_message_id) where settled_at is null;
create index held_message_of_code on held_message (unmapped_code_id) where settled_at is null;

-- Notices outlast the message that they came with, as long as they say something about a time to come.
alter table notice drop constraint notice_received_message_id_fkey;
alter table notice drop constraint notice_kind_check;
alter table notice add constraint notice_kind_check
  check (kind in ('location', 'provider', 'slot', 'appointment', 'answer', 'patient', 'merge'));

-- Of two notices of the same moment about the same thing: nothing revives what was cancelled in that moment, and a booking is
-- older than what became of it. Among equals the later arrival counts.
create function notice_rank(event text) returns integer language sql immutable parallel safe as $$
  select case event when 'cancelled' then 3 when 'noshow' then 2 when 'booked' then 0 else 1 end
$$;

-- What is told of a provider's time is looked for by its start; the few that last longer than a day by their end.
create index notice_of_long_time on notice (connection_id, provider_external_id, end_at) where end_at - start_at > interval '24 hours';
-- Slots that an appointment may leave again.
create index slot_taken on slot (provider_id, start_at) where status = 'busy' and not hub_managed;
-- By age: what is no longer kept.
create index notice_by_age on notice (connection_id, received_at);
