-- References that are held by another one already: whose slot an appointment is of, the slot's own references say, and a slot cannot go
-- while an appointment has it. Of a booking they were half of what Postgres looks up to keep references. See docs/decisions/0055.
alter table appointment
  drop constraint appointment_organization_id_fkey,
  drop constraint appointment_connection_id_fkey,
  drop constraint appointment_provider_id_fkey,
  drop constraint appointment_location_id_fkey;
alter table transaction
  drop constraint transaction_organization_id_fkey,
  drop constraint transaction_connection_id_fkey;
alter table book_entry
  drop constraint book_entry_connection_id_fkey,
  drop constraint book_entry_provider_id_fkey;
alter table event drop constraint event_organization_id_fkey;
alter table idempotency_record drop constraint idempotency_record_organization_id_fkey;
