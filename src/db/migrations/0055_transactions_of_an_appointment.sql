-- With the organization in it, this index alone answers under row level security. While the table had no statistics Postgres joined
-- the old one with transaction_by_time, and read all transactions of the organization to show one appointment.
drop index transaction_of_appointment;
create index transaction_of_appointment on transaction (appointment_id, organization_id, sequence);
