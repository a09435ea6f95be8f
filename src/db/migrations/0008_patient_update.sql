-- A patient's new data on its way to a HIS that takes updates. One row for each patient and HIS: what is sent is the patient as
-- it is at that moment, whole, so a later change takes the place of an earlier one that has not left yet.
create table patient_update (
  connection_id uuid not null references connection,
  patient_id uuid not null references patient,
  -- Of the last change; what the HIS is told as our reference.
  transaction_id uuid not null,
  state text not null check (state in ('pending', 'sent', 'refused')),
  -- Why it is not sent yet, or why it was refused.
  error_class text,
  error_code text,
  tries integer not null default 0,
  -- When it is sent next; while somebody is sending it, when that one is taken for lost.
  due_at timestamptz not null default now(),
  lease_token uuid,
  -- When it came to this state.
  updated_at timestamptz not null default now(),
  primary key (connection_id, patient_id)
);
create index patient_update_due on patient_update (connection_id, due_at) where state = 'pending';
create index patient_update_of on patient_update (patient_id);

-- When a HIS was last heard is asked of every connection, again and again.
create index received_message_latest on received_message (connection_id, received_at desc);
