-- Records of the audit are dropped when their time is over; their places and hashes stay, and a signed word says up to which place
-- records may be gone. So the chain can be gone through from its first place, and a record that is missing after that one is missed.

create table audit_let_go (
  organization_id uuid not null references organization,
  sequence bigint not null check (sequence > 0),
  -- Of that place.
  hash bytea not null,
  -- What was recorded since then is there.
  before timestamptz not null,
  signed_at timestamptz not null,
  kid text not null,
  signature bytea not null,
  primary key (organization_id, sequence)
);
create trigger audit_let_go_append_only before update or delete on audit_let_go
  for each row execute function refuse_change();
create trigger audit_let_go_no_truncate before truncate on audit_let_go for each statement execute function refuse_change();
call keep_apart('audit_let_go');
revoke insert on audit_let_go from tessera_app;

-- A place names a record that may be gone.
alter table audit_seal drop constraint audit_seal_audit_record_id_fkey;

alter table audit_record rename to audit_record_before;
create table audit_record (like audit_record_before including defaults including constraints) partition by range (id);
create table audit_record_rest partition of audit_record default;
insert into audit_record select * from audit_record_before;
drop table audit_record_before;
alter table audit_record add primary key (id);
alter table audit_record add foreign key (organization_id) references organization;
create index audit_record_by_time on audit_record (organization_id, recorded_at desc, id desc);
create index audit_record_of_actor on audit_record (organization_id, actor_id, recorded_at desc, id desc);
create index audit_record_of_resource on audit_record (organization_id, resource_id, recorded_at desc, id desc);
create index audit_record_of_begun on audit_record (begun_id) where begun_id is not null;
create trigger audit_record_append_only before update or delete on audit_record
  for each row execute function refuse_change();
create trigger audit_record_no_truncate before truncate on audit_record for each statement execute function refuse_change();
call keep_apart('audit_record');

do $$
declare
  rest text;
begin
  foreach rest in array array['attempt_exchange_rest', 'event_rest', 'api_request_rest', 'mapping_record_rest', 'audit_record_rest'] loop
    call close_partition(rest);
  end loop;
end $$;
select make_partitions();
