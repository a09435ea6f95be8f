-- Patients who are erased: what is left of them is an id, and that it was done, by whom, when and why.

-- Why this patient must not be erased; sealed. Null: nothing forbids it.
alter table patient add column legal_hold bytea;

create table patient_erasure (
  patient_id uuid primary key references patient,
  organization_id uuid not null references organization,
  client_id text not null,
  -- Sealed.
  reason bytea not null,
  erased_at timestamptz not null default now()
);
create trigger patient_erasure_stays before delete or update on patient_erasure for each row execute function refuse_change();

call keep_apart('patient_erasure');
