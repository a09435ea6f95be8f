-- Who may sign in, and with what; the keys that sign tokens; what the built-in identity provider remembers.
alter table client
  add column scopes text[],
  add column location_ids uuid[],
  -- Public keys (RFC 7517) for private_key_jwt.
  add column jwks jsonb,
  -- A rotated secret is good for a while, so that an app can change over in peace.
  add column previous_secret_hash text,
  add column previous_until timestamptz,
  add column disabled_at timestamptz,
  add column version integer not null default 1,
  add constraint client_previous_secret check ((previous_secret_hash is null) = (previous_until is null));
create index client_by_organization on client (organization_id, id);

create table account (
  id uuid primary key,
  organization_id uuid not null references organization,
  -- People sign in by it, whatever their organization: one account has it.
  email text not null,
  name text not null,
  role text not null check (role in ('patient', 'provider', 'support', 'engineer', 'admin')),
  patient_id uuid references patient,
  provider_id uuid references provider,
  location_ids uuid[],
  password_hash text,
  password_temporary boolean not null default true,
  -- Sealed.
  totp_secret bytea,
  totp_confirmed_at timestamptz,
  -- The last time step whose code was accepted: none is accepted twice.
  totp_step bigint,
  failures integer not null default 0,
  locked_until timestamptz,
  signed_in_at timestamptz,
  disabled_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  check ((role = 'patient') = (patient_id is not null)),
  check ((role = 'provider') = (provider_id is not null)),
  check (location_ids is null or role = 'support')
);
create unique index account_email on account (lower(email));
create index account_by_organization on account (organization_id, id);

-- The name in `iss`, the same for every process, whatever its address.
create table issuer (
  only_row boolean primary key default true check (only_row),
  name text not null,
  -- Sealed: signs the cookies of the sign-in pages.
  cookie_key bytea not null
);

create table signing_key (
  kid text primary key,
  public_key jsonb not null,
  -- Sealed.
  private_key bytea not null,
  created_at timestamptz not null default now(),
  -- Published before it signs, so that whoever keeps a copy of the keys has it in time.
  signs_from timestamptz not null default now(),
  -- Verifies until then; null: it is the newest.
  verifies_until timestamptz
);

-- Assertions of private_key_jwt are good once.
create table used_assertion (
  client_id text not null,
  jti text not null,
  expires_at timestamptz not null,
  primary key (client_id, jti)
);
create index used_assertion_by_age on used_assertion (expires_at);

-- Sessions, codes and interactions of the built-in identity provider.
create table identity_record (
  model text not null,
  id text not null,
  -- Sealed.
  payload bytea not null,
  grant_id text,
  account_id uuid,
  uid text,
  consumed_at timestamptz,
  expires_at timestamptz,
  primary key (model, id)
);
create index identity_record_of_account on identity_record (account_id) where account_id is not null;
create index identity_record_of_grant on identity_record (grant_id) where grant_id is not null;
create unique index identity_record_by_uid on identity_record (model, uid) where uid is not null;
create index identity_record_by_age on identity_record (expires_at);

-- Whose admins may add organizations: the one that the hub was set up with.
alter table organization add column runs_platform boolean not null default false;

call keep_apart('account');
call keep_apart('identity_record', 'exists (select from account a where a.id = account_id)');
call keep_apart('issuer', null);
call keep_apart('signing_key', null);
call keep_apart('used_assertion', null);
