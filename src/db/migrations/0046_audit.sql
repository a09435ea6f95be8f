-- The audit: who did what, when, from where, why. Append-only, and hash-chained for each organization.
-- See docs/decisions/0046-audit.md.

create table audit_record (
  id uuid primary key,
  organization_id uuid not null references organization,
  recorded_at timestamptz not null default clock_timestamp(),
  -- Of a change there are two: what was begun, written before it, and what came of it, which names that here.
  begun_id uuid,
  -- X-Transaction-Id of the request.
  transaction_id uuid,
  -- Null: nobody that is known.
  actor_id text,
  actor_role text,
  address text not null,
  action text not null,
  kind text not null check (kind in ('read', 'change', 'sign-in')),
  resource_kind text,
  resource_id text,
  -- Null: it has begun.
  outcome text check (outcome in ('done', 'refused', 'failed')),
  error_code text,
  -- JSON, as it was written: names of members, and values that are words of a fixed list. No PHI.
  detail text not null,
  -- What the caller gave as the reason. Sealed: it may hold PHI.
  reason bytea,
  check (begun_id is null or outcome is not null)
);
create index audit_record_by_time on audit_record (organization_id, recorded_at desc, id desc);
create index audit_record_of_actor on audit_record (organization_id, actor_id, recorded_at desc, id desc);
create index audit_record_of_resource on audit_record (organization_id, resource_id, recorded_at desc, id desc);
create index audit_record_of_begun on audit_record (begun_id) where begun_id is not null;

-- Which records are not in the chain yet: written with the record, deleted when it is sealed.
create table audit_waiting (
  audit_record_id uuid primary key,
  organization_id uuid not null
);

-- The chain: the place that a record was given, and the hash of it and of all before it.
create table audit_seal (
  organization_id uuid not null references organization,
  sequence bigint not null check (sequence > 0),
  audit_record_id uuid not null unique references audit_record,
  hash bytea not null,
  primary key (organization_id, sequence)
);

-- Signed: so many records there were, with this hash. Each names the one before.
create table audit_head (
  organization_id uuid not null references organization,
  sequence bigint not null,
  previous_sequence bigint not null,
  hash bytea not null,
  signed_at timestamptz not null,
  kid text not null,
  signature bytea not null,
  primary key (organization_id, sequence)
);

-- Ed25519. Its id is the hash of the public key, so that nobody can put another in its place.
create table audit_key (
  kid text primary key,
  public_key bytea not null,
  -- Sealed.
  private_key bytea not null,
  created_at timestamptz not null default now()
);

create trigger audit_record_append_only before update or delete on audit_record
  for each row execute function refuse_change();
create trigger audit_seal_append_only before update or delete on audit_seal
  for each row execute function refuse_change();
create trigger audit_head_append_only before update or delete on audit_head
  for each row execute function refuse_change();
create trigger audit_key_append_only before update or delete on audit_key
  for each row execute function refuse_change();
create trigger audit_record_no_truncate before truncate on audit_record for each statement execute function refuse_change();
create trigger audit_seal_no_truncate before truncate on audit_seal for each statement execute function refuse_change();
create trigger audit_head_no_truncate before truncate on audit_head for each statement execute function refuse_change();
create trigger audit_key_no_truncate before truncate on audit_key for each statement execute function refuse_change();

call keep_apart('audit_record');
call keep_apart('audit_waiting');
call keep_apart('audit_seal');
call keep_apart('audit_head');
call keep_apart('audit_key', null);

-- Who answers requests writes records and no chain, and takes none back.
revoke insert on audit_seal, audit_head from tessera_app;
revoke update, delete on audit_waiting from tessera_app;
-- Public keys, for an export.
create policy of_everybody on audit_key for select to tessera_app using (true);
grant select (kid, public_key) on audit_key to tessera_app;
