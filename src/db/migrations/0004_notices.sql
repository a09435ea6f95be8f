-- What a HIS has told by itself: each message once, as it came, and what it says in the hub's words.
create table received_message (
  id uuid primary key,
  organization_id uuid not null references organization,
  connection_id uuid not null references connection,
  -- The sender's key of the message. A sender may use one twice, so the content decides what is a repeat.
  message_id text not null,
  body_hash bytea not null,
  -- Sealed (AES-256-GCM, bound to this row's id): names patients.
  body bytea not null,
  -- What the sender was told, and is told again when the same message comes again; null when it wants no answer.
  answer bytea,
  -- The sender has used this key before, for another message: looked at by a person, never refused.
  key_reused boolean not null,
  received_at timestamptz not null default now(),
  unique (connection_id, message_id, body_hash)
);

create table notice (
  id uuid primary key,
  -- Order of arrival; decides between two of the same moment.
  sequence bigint generated always as identity unique,
  received_message_id uuid not null references received_message,
  connection_id uuid not null references connection,
  kind text not null check (kind in ('location', 'provider', 'slot', 'appointment', 'answer')),
  -- The HIS's key of what the notice is about; of an answer, the key of the message that it answers.
  external_id text not null,
  event text not null,
  -- When, by the HIS's clock.
  event_at timestamptz not null,
  -- Our own reference as the HIS repeats it; whatever it says, so not a foreign key.
  transaction_id uuid,
  -- Set when the hub knows the patient.
  patient_id uuid references patient,
  -- The stretch of a provider's time; the key is the HIS's own.
  provider_external_id text,
  start_at timestamptz,
  end_at timestamptz,
  -- Ids and codes beside those; no PHI.
  details jsonb not null default '{}',
  -- False: something newer about the same had been heard before, so it changed nothing.
  applied boolean not null,
  received_at timestamptz not null default now()
);
create index notice_of_message on notice (received_message_id);
create index notice_by_subject on notice (connection_id, kind, external_id, event_at desc, sequence desc);
create index notice_by_transaction on notice (transaction_id, event_at desc, sequence desc) where transaction_id is not null;
create index notice_by_patient on notice (patient_id, start_at) where patient_id is not null;
create index notice_by_time on notice (connection_id, provider_external_id, start_at) where start_at is not null;
