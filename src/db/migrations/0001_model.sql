-- The canonical model: who, where, when.
create extension if not exists btree_gist;

create table organization (
  id uuid primary key,
  key text not null unique,
  name text not null,
  created_at timestamptz not null default now()
);

create table client (
  id text primary key,
  organization_id uuid not null references organization,
  name text not null,
  role text not null check (role in ('app', 'patient', 'provider', 'support', 'engineer', 'admin')),
  secret_hash text,
  created_at timestamptz not null default now()
);

create table connection (
  id uuid primary key,
  organization_id uuid not null references organization,
  key text not null,
  name text not null,
  adapter text not null,
  managed_by text not null check (managed_by in ('hub', 'his')),
  config jsonb not null default '{}',
  -- Sealed (AES-256-GCM); never leaves the process in clear.
  secrets bytea,
  policy jsonb not null,
  state text not null default 'active' check (state in ('active', 'paused', 'parked')),
  state_reason text,
  probe_at timestamptz,
  synchronised_at timestamptz,
  created_at timestamptz not null default now(),
  unique (organization_id, key)
);

create table location (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  name text not null,
  time_zone text not null,
  address jsonb,
  version integer not null default 1,
  created_at timestamptz not null default now()
);
create index location_by_connection on location (connection_id);

create table provider (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  given text[] not null,
  family text not null,
  prefix text,
  email text,
  phone text,
  specialties text[] not null default '{}',
  languages text[] not null default '{}',
  insurances text[] not null default '{}',
  rating numeric(2, 1),
  schedule jsonb not null default '{"rules": [], "exceptions": []}',
  version integer not null default 1,
  created_at timestamptz not null default now()
);
create index provider_by_connection on provider (connection_id);
create index provider_by_specialty on provider using gin (specialties);

create table provider_location (
  provider_id uuid not null references provider,
  location_id uuid not null references location,
  primary key (provider_id, location_id)
);

create table patient (
  id uuid primary key,
  organization_id uuid not null references organization,
  given text[] not null,
  family text not null,
  birth_date date not null,
  email text,
  phone text,
  address jsonb,
  version integer not null default 1,
  created_at timestamptz not null default now()
);
create unique index patient_email on patient (organization_id, lower(email));

-- A thing's key in somebody else's system. `connection_id` is null for keys that no connection owns (a national number).
create table external_identifier (
  organization_id uuid not null references organization,
  connection_id uuid references connection,
  entity text not null check (entity in ('location', 'provider', 'patient', 'appointment')),
  entity_id uuid not null,
  system text not null,
  value text not null
);
-- A key names one thing. Except: what the hub took for two patients may be one at the HIS.
create unique index external_identifier_key on external_identifier (organization_id, connection_id, entity, system, value)
  nulls not distinct where not (entity = 'patient' and system = 'urn:tessera:his-key');
-- And a thing has one key of its own at a HIS.
create unique index external_identifier_own on external_identifier (connection_id, entity, entity_id)
  where system = 'urn:tessera:his-key';
create index external_identifier_of on external_identifier (entity, entity_id);

-- A patient is looked for, and created, at a HIS by one transaction at a time: two at once would create two.
create table patient_identification (
  connection_id uuid not null references connection,
  patient_id uuid not null references patient,
  transaction_id uuid not null,
  primary key (connection_id, patient_id)
);

-- A bookable interval. Capacity above one is a row per seat, because an exclusion constraint cannot count.
create table slot (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  provider_id uuid not null references provider,
  location_id uuid not null references location,
  start_at timestamptz not null,
  end_at timestamptz not null,
  mode text not null check (mode in ('in-person', 'telemedicine')),
  status text not null check (status in ('free', 'busy', 'blocked')),
  -- An appointment of the hub owns it (see slot_claim): then no answer of the HIS makes it free.
  claimed boolean not null default false,
  seat smallint not null default 1,
  -- The HIS's own key, and whatever else its adapter needs to book it (no PHI).
  external_id text,
  details jsonb not null default '{}',
  -- Set on slots of a hub-managed schedule, whose overlap the hub itself must refuse.
  hub_managed boolean not null,
  -- A hold that nobody let go keeps the slot until then.
  held_until timestamptz,
  as_of timestamptz not null default now(),
  check (start_at < end_at),
  check (not claimed or status = 'busy'),
  unique (connection_id, external_id),
  constraint slot_overlap exclude using gist (provider_id with =, seat with =, tstzrange(start_at, end_at) with &&)
    where (hub_managed)
);
create index slot_free on slot (provider_id, start_at) include (location_id, end_at, mode) where status = 'free';
create index slot_free_by_time on slot (organization_id, start_at) where status = 'free';

create table hold (
  id uuid primary key,
  organization_id uuid not null references organization,
  slot_id uuid not null unique references slot,
  client_id text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);

create table appointment (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  patient_id uuid not null references patient,
  slot_id uuid not null references slot,
  provider_id uuid not null references provider,
  location_id uuid not null references location,
  start_at timestamptz not null,
  end_at timestamptz not null,
  mode text not null check (mode in ('in-person', 'telemedicine')),
  reason text,
  status text not null
    check (status in ('pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow', 'rejected')),
  external_id text,
  version integer not null default 1,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (connection_id, external_id)
);
create index appointment_by_patient on appointment (patient_id, start_at);
create index appointment_by_provider on appointment (provider_id, start_at);
create index appointment_by_update on appointment (organization_id, updated_at, id);

-- The promise of no double booking: a slot has one claimant, whatever claims it (a booking, or a move into it).
create table slot_claim (
  slot_id uuid primary key references slot,
  appointment_id uuid not null references appointment deferrable initially deferred,
  created_at timestamptz not null default now()
);
create index slot_claim_of on slot_claim (appointment_id);

-- The hub's own book, for connections without a HIS. An entry overlaps nothing of the same provider and seat.
create table book_entry (
  id uuid primary key,
  connection_id uuid not null references connection,
  transaction_id uuid not null unique,
  provider_id uuid not null references provider,
  seat smallint not null,
  start_at timestamptz not null,
  end_at timestamptz not null,
  status text not null check (status in ('booked', 'struck')),
  constraint book_entry_overlap exclude using gist (provider_id with =, seat with =, tstzrange(start_at, end_at) with &&)
    where (status = 'booked')
);
