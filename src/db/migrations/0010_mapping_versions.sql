-- A connection's own versions of its mappings, what they are judged by, and the codes that nobody has mapped yet.

-- Grows with every change of what the connection's mappings are: whoever has an older one reads them again.
alter table connection add column mapping_revision integer not null default 0;

-- With which mappings a plan sends its transactions once more: those that they began with, or the present ones.
alter table replay_plan add column mode text not null default 'same' check (mode in ('same', 'remap'));

-- Version 0 of every mapping is the built-in one, and is no row.
create table mapping_version (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  -- Of the mapping, without its adapter.
  name text not null,
  number integer not null check (number > 0),
  state text not null default 'draft' check (state in ('draft', 'canary', 'active', 'retired')),
  -- Texts by path: the mapping, the code tables and the examples that it reads. Never changed.
  files jsonb not null,
  remark text,
  -- The fields of which it was said beforehand that they change.
  announced text[] not null default '{}',
  -- The version that was active before this one was.
  replaced integer,
  -- Of a canary: per cent of the transactions, and all those of these locations.
  canary_share smallint check (canary_share between 0 and 100),
  canary_locations uuid[],
  -- Its output is compared, and not used.
  canary_shadow boolean,
  created_by text not null,
  created_at timestamptz not null default now(),
  published_by text,
  published_at timestamptz,
  -- Why it was published though it changes what nobody announced. Sealed (AES-256-GCM, bound to this row's id).
  override_reason bytea,
  unique (connection_id, name, number),
  check ((state = 'canary') = (canary_share is not null and canary_locations is not null and canary_shadow is not null))
);
create unique index mapping_version_active on mapping_version (connection_id, name) where state = 'active';
create unique index mapping_version_canary on mapping_version (connection_id, name) where state = 'canary';

create function refuse_new_files() returns trigger language plpgsql as $$
begin
  raise exception 'the files of a mapping version never change: make a new version' using errcode = 'restrict_violation';
end $$;
create trigger mapping_version_files before update of files on mapping_version
  for each row when (old.files is distinct from new.files) execute function refuse_new_files();

-- What a transaction's mapping_version stands for, so that a retry finds the mappings that the first attempt had.
create table mapping_set (
  connection_id uuid not null references connection,
  version text not null,
  -- The version of the built-in ones, on which the others lie.
  built_in text not null,
  -- Number by name of mapping.
  numbers jsonb not null,
  first_used_at timestamptz not null default now(),
  primary key (connection_id, version)
);

-- The last inputs of each mapping. Unlogged would lose them in a crash, and with them what a publication is judged by.
create table mapping_record (
  id uuid primary key,
  connection_id uuid not null references connection,
  name text not null,
  transaction_id uuid not null,
  -- Sealed (AES-256-GCM, bound to this row's id): names patients.
  input bytea not null,
  at timestamptz not null default now()
);
create index mapping_record_latest on mapping_record (connection_id, name, id desc);

-- What a canary in shadow made otherwise; fields and counts only.
create table mapping_shadow (
  version_id uuid not null references mapping_version,
  kind text not null check (kind in ('compared', 'differs', 'fails', 'field')),
  field text not null default '',
  messages bigint not null,
  primary key (version_id, kind, field)
);

-- A code that a table does not list, where its mapping says to wait for it.
create table unmapped_code (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  table_path text not null,
  -- Which of the two columns the code would stand in.
  side text not null check (side in ('vendor', 'canonical')),
  code text not null check (length(code) <= 200),
  -- The mappings that met it.
  names text[] not null,
  -- Items of what the HIS told that were left out for it.
  skipped bigint not null default 0,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  mapped_to text,
  mapped_by text,
  mapped_at timestamptz,
  unique (connection_id, table_path, side, code),
  check ((mapped_at is null) = (mapped_to is null and mapped_by is null))
);
create index unmapped_code_open on unmapped_code (organization_id, id) where mapped_at is null;

-- Who goes on when it is mapped.
create table unmapped_code_wait (
  unmapped_code_id uuid not null references unmapped_code,
  transaction_id uuid not null references transaction,
  primary key (unmapped_code_id, transaction_id)
);
create index unmapped_code_wait_of on unmapped_code_wait (transaction_id);
