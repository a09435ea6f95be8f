-- The tables that grow with every request, cut into pieces of time. Each has a default piece, `…_rest`, so that nothing is ever lost
-- for want of one.

-- What was said to HISs, and by them, apart from what came of it: the one is kept for months, the other for ever.
create table attempt_exchange (
  attempt_id uuid primary key,
  -- Sealed: it may hold PHI.
  exchanges bytea not null,
  -- The patient with whose key; null: with the hub's.
  sealed_for uuid
) partition by range (attempt_id);
create table attempt_exchange_rest partition of attempt_exchange default;
insert into attempt_exchange (attempt_id, exchanges, sealed_for)
  select attempt_id, exchanges, sealed_for from attempt_result where exchanges is not null;
-- So that what is gone is not taken for nothing.
alter table attempt_result add column has_exchanges boolean not null default false;
alter table attempt_result disable trigger attempt_result_append_only;
update attempt_result set has_exchanges = true where exchanges is not null;
alter table attempt_result enable trigger attempt_result_append_only;
alter table attempt_result drop column exchanges, drop column sealed_for;
create trigger attempt_exchange_append_only before update or delete on attempt_exchange
  for each row execute function refuse_change();
create trigger attempt_exchange_no_truncate before truncate on attempt_exchange for each statement execute function refuse_change();
call keep_apart('attempt_exchange', 'exists (select from attempt a where a.id = attempt_id)');

alter table event rename to event_before;
create table event (like event_before including defaults including identity) partition by range (id);
create table event_rest partition of event default;
insert into event overriding system value select * from event_before;
select setval(pg_get_serial_sequence('event', 'sequence'), max(sequence)) from event having count(*) > 0;
alter table event_position add column event_id uuid;
update event_position p set event_id = e.id from event e where e.sequence = p.sequence;
alter table event_position alter column event_id set not null;
drop policy of_organization on event_position;
create policy of_organization on event_position to tessera_app using (exists (select from event e where e.id = event_id));
drop table event_before;
alter table event add primary key (id);
alter table event add foreign key (organization_id) references organization;
create index event_by_sequence on event (sequence);
create index event_by_organization on event (organization_id, sequence);
create index event_by_xid on event (xid);
create index event_of_appointment on event (appointment_id, sequence) where appointment_id is not null;
create index event_of_transaction on event (transaction_id, sequence);
create trigger event_append_only before update or delete on event for each row execute function refuse_change();
create trigger event_no_truncate before truncate on event for each statement execute function refuse_change();
call keep_apart('event');

alter table api_request rename to api_request_before;
create table api_request (like api_request_before including defaults) partition by range (id);
create table api_request_rest partition of api_request default;
insert into api_request select * from api_request_before;
drop table api_request_before;
alter table api_request add primary key (id);
create index api_request_by_time on api_request (organization_id, at desc, id);
create index api_request_of_transaction on api_request (transaction_id);
call keep_apart('api_request');

alter table mapping_record rename to mapping_record_before;
create table mapping_record (like mapping_record_before including defaults) partition by range (id);
create table mapping_record_rest partition of mapping_record default;
insert into mapping_record select * from mapping_record_before;
drop table mapping_record_before;
alter table mapping_record add primary key (id);
alter table mapping_record add foreign key (connection_id) references connection;
create index mapping_record_latest on mapping_record (connection_id, name, id desc);
call keep_apart('mapping_record', 'exists (select from connection c where c.id = connection_id)');
