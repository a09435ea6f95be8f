-- Patients are encrypted: each with a key of its own, wrapped by its organization's, which is wrapped by the root key.
-- See docs/decisions/0047-patient-keys.md.

-- What is there is in the clear, and SQL has no key to seal it with. Nobody but sandboxes has such a database.
do $$
begin
  if exists (select from organization) then
    raise exception 'this database was made before patients were encrypted, and cannot be brought up to date'
      using hint = 'Make the sandbox anew: delete its data directory, or name an empty database.';
  end if;
end $$;

-- Seals what belongs to no patient (secrets of connections, messages, keys that sign). So a new root key re-wraps a few keys, and
-- touches nothing that they seal.
create table hub_key (
  only_row boolean primary key default true check (only_row),
  wrapped bytea not null,
  -- Names the root key that wraps it.
  wrapped_by text not null,
  wrapped_at timestamptz not null default now()
);

-- A new version wraps what comes from now on; the rotation brings the rest to it.
create table organization_key (
  organization_id uuid not null references organization,
  version integer not null check (version > 0),
  wrapped bytea not null,
  wrapped_by text not null,
  wrapped_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  primary key (organization_id, version)
);
create index organization_key_by_root on organization_key (wrapped_by);

-- A table of its own, so that a backup can leave it out, and keep it apart: whose key is destroyed is unreadable in every backup.
create table patient_key (
  patient_id uuid primary key references patient,
  organization_id uuid not null,
  -- Of the organization's key that wraps it.
  version integer not null,
  wrapped bytea not null,
  foreign key (organization_id, version) references organization_key
);
create index patient_key_by_version on patient_key (organization_id, version);

drop index patient_email;
alter table patient
  drop column given,
  drop column family,
  drop column birth_date,
  drop column email,
  drop column phone,
  drop column address,
  -- JSON of name, birth date, e-mail, phone and address, sealed with the patient's key; null: erased.
  add column sealed bytea,
  -- Blind indexes: keyed hashes of what a patient is looked for by.
  add column email_index text,
  add column phone_index text,
  add column birth_index text,
  add column person_index text;
create unique index patient_email on patient (organization_id, email_index);
create index patient_by_phone on patient (organization_id, phone_index) where phone_index is not null;
create index patient_by_birth on patient (organization_id, birth_index);
create index patient_by_person on patient (organization_id, person_index);

-- Of a patient `value` is a blind index, and what it stands for is sealed with the patient's key.
alter table external_identifier add column sealed bytea,
  add constraint external_identifier_sealed check (entity <> 'patient' or sealed is not null or system = 'urn:tessera:merged-patient');

-- Why somebody comes: sealed, as everything that people write.
alter table appointment alter column reason type bytea using null;

-- Whose key seals what was exchanged with the HIS; null: the hub's. Not whose appointment it is: two patients may be merged.
alter table attempt_result add column sealed_for uuid;

call keep_apart('hub_key', null);
call keep_apart('organization_key', null);
call keep_apart('patient_key');
