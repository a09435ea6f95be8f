-- The order in which events are told: that of their commits. `sequence` is given when an event is written, and a transaction that
-- wrote earlier may commit later; a reader that remembered the highest sequence it has seen would skip those.

-- Which transaction wrote it: whatever is below the oldest one still open is complete.
alter table event add column xid xid8 not null default pg_current_xact_id();
create index event_by_xid on event (xid);
create index event_of_appointment on event (appointment_id, sequence) where appointment_id is not null;

-- Positions are given after the commit, by one process at a time.
create table event_position (
  position bigint primary key,
  sequence bigint not null unique
);

-- One row: who holds it gives out positions. Every event of a transaction below `horizon` has one.
create table event_order (
  only_row boolean primary key default true check (only_row),
  last_position bigint not null default 0,
  horizon xid8 not null default '0'
);
insert into event_order default values;

-- How far a follower (webhooks, mail, a broker) has come. One process at a time holds its lease.
create table event_cursor (
  follower text primary key,
  position bigint not null,
  lease_token uuid,
  lease_until timestamptz,
  -- Since when it gets no further, and how often it has tried; null while it does.
  failing_since timestamptz,
  failures integer not null default 0,
  retry_at timestamptz,
  check ((lease_token is null) = (lease_until is null))
);
