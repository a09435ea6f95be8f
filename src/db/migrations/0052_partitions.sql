-- How long things are kept, by class, and the tables that are cut into pieces of time, so that what is over is dropped and not deleted.
-- Ids of version 7 begin with their time: a range of ids is a range of time. See docs/decisions/0052-retention.md.

create table retention (
  class text primary key check (class in ('payloads', 'events', 'requests', 'audit', 'answers')),
  days integer not null,
  -- Less would take from the hub what it works with: answers are kept for a week, deliveries of events for a month.
  check (days between 7 and 36500 and (class <> 'audit' or days >= 365) and (class <> 'events' or days >= 60))
);
insert into retention (class, days) values
  ('payloads', 90), ('events', 400), ('requests', 400),
  -- 45 CFR 164.316(b)(2)(i): six years.
  ('audit', 2192),
  ('answers', 30);
call keep_apart('retention', null);
-- The owner of the tables says for how long; who works with them only reads it.
revoke insert, update, delete on retention from tessera_hub;

create index patient_on_hold on patient (id) where legal_hold is not null;

-- The smallest id of that time.
create function first_id(at timestamptz) returns uuid language sql stable strict
  return (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

create function time_of_id(id uuid) returns timestamptz language sql stable strict
  return to_timestamp(('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0);

-- What is not over, whatever its age: changes that are open or wait for a person, and all of a patient under a legal hold.
create function needed_transactions() returns setof uuid language sql stable as $$
  select id from transaction
    where state <> all (array['succeeded', 'rejected', 'superseded', 'failed', 'needs_review'])
  union all select id from transaction where state = 'needs_review'
  union all select t.id from patient p join appointment a on a.patient_id = p.id join transaction t on t.appointment_id = a.id
    where p.legal_hold is not null
$$;

create function held_resources() returns setof text language sql stable as $$
  select id::text from patient where legal_hold is not null
  union all select a.id::text from patient p join appointment a on a.patient_id = p.id where p.legal_hold is not null
  union all select needed::text from needed_transactions() needed
$$;

-- `stays`: which rows `r` stay when their time is over. `proven`: without this, too, they stay.
create function partitioned_tables()
returns table (target text, class text, span_days integer, key text, stays text, proven text)
language sql immutable as $$
  values
    ('attempt_exchange', 'payloads', 7, 'attempt_id',
      'r.attempt_id in (select a.id from attempt a where a.transaction_id in (select needed_transactions()))
       or r.sealed_for in (select id from patient where legal_hold is not null)', 'true'),
    ('mapping_record', 'payloads', 7, 'id', 'r.transaction_id in (select needed_transactions())', 'true'),
    ('event', 'events', 30, 'id',
      'r.transaction_id in (select needed_transactions())
       or r.appointment_id in (
         select a.id from patient p join appointment a on a.patient_id = p.id where p.legal_hold is not null)
       or r.sequence in (select event_sequence from webhook_delivery)
       or not exists (select from event_position p where p.sequence = r.sequence and p.position <= (
         select coalesce(min(c.position), 9223372036854775807) from event_cursor c
         where c.lease_until > now() - interval ''30 days''))', 'true'),
    ('api_request', 'requests', 30, 'id', 'r.transaction_id in (select needed_transactions())', 'true'),
    ('audit_record', 'audit', 180, 'id', 'r.resource_id in (select held_resources())',
      'exists (select from audit_seal s join audit_let_go l on l.organization_id = s.organization_id and l.sequence >= s.sequence
         where s.audit_record_id = r.id and s.organization_id = r.organization_id)')
$$;

-- A piece can be reached through its table only: nobody has rights on it. The policy is for the owner's dump, which reads each piece.
create procedure close_partition(name text) language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('alter table %I force row level security', name);
  execute format('create policy of_hub on %I to tessera_hub using (true)', name);
end $$;

-- Makes a piece, filled with what lies in the default one of its time. Attached, and not made in place: nobody who reads has to wait.
create procedure add_partition(target text, key text, name text, since timestamptz, until timestamptz) language plpgsql as $$
declare
  rest text := target || '_rest';
  bounds text := format('%I >= %L and %I < %L', key, first_id(since), key, first_id(until));
  is_needed boolean;
begin
  execute format('create table %I (like %I including all excluding identity)', name, target);
  execute format('select exists (select from %I where %s)', rest, bounds) into is_needed;
  if is_needed then
    execute format('alter table %I disable trigger user', rest);
    execute format('with moved as (delete from %I where %s returning *) insert into %I select * from moved', rest, bounds, name);
    execute format('alter table %I enable trigger user', rest);
  end if;
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', target, name, first_id(since), first_id(until));
  call close_partition(name);
end $$;

-- The pieces of now and of the next two spans, and those of whatever fell into the default one. Returns the names of what it made.
create function make_partitions() returns setof text
language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
  rule record;
  days integer[];
  day integer;
  name text;
begin
  -- Chosen at random, once.
  perform pg_advisory_xact_lock(5908113642);
  for rule in select * from partitioned_tables() loop
    execute format(
      'select array_agg(distinct floor(extract(epoch from at) / 86400 / %1$s)::integer * %1$s) from (
         select now() + n * %1$s * interval ''1 day'' as at from generate_series(0, 2) n
         union all select time_of_id(%2$I) from %3$I
           where substr(%2$I::text, 15, 1) = ''7'' and time_of_id(%2$I) between now() - interval ''20 years'' and now() + interval ''1 year''
       ) times', rule.span_days, rule.key, rule.target || '_rest') into days;
    foreach day in array days loop
      name := rule.target || '_' || to_char(to_timestamp(day * 86400.0), 'YYYYMMDD');
      continue when to_regclass(name) is not null;
      call add_partition(rule.target, rule.key, name, to_timestamp(day * 86400.0), to_timestamp((day + rule.span_days) * 86400.0));
      return next name;
    end loop;
  end loop;
end $$;

-- The pieces whose time is over, oldest first, without counting in them.
create function over_partitions()
returns table (partition text, target text, class text, since timestamptz, until timestamptz)
language sql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
  select c.relname::text, rule.target, rule.class, time.since, time.since + rule.span_days * interval '1 day'
  from partitioned_tables() rule join retention k on k.class = rule.class
  join pg_inherits i on i.inhparent = rule.target::regclass join pg_class c on c.oid = i.inhrelid
  cross join lateral (select to_timestamp(right(c.relname, 8), 'YYYYMMDD') as since) time
  where c.relname ~ '_\d{8}$' and time.since + rule.span_days * interval '1 day' <= now() - k.days * interval '1 day'
  order by 4, 1
$$;

-- How many rows of a piece would go, and how many would stay. `is_proven`: counts as going only what may go at this moment.
create function count_partition(partition text, is_proven boolean, out going bigint, out staying bigint)
language plpgsql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
  rule record;
begin
  select p.* into strict rule from partitioned_tables() p join over_partitions() o on o.target = p.target
    where o.partition = count_partition.partition;
  execute format('select count(*) filter (where not stays), count(*) filter (where stays)
     from (select coalesce((%s), false) or not (%s) as stays from %I r) rows',
    rule.stays, case when is_proven then rule.proven else 'true' end, partition) into going, staying;
end $$;

-- Drops a piece whose time is over, but for what must stay, which becomes the piece. Whoever works is held up for a moment only: when
-- it cannot be had within that, it is left for the next time. Nothing is done when nothing may go.
create function drop_partition(partition text, out going bigint, out staying bigint)
language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '300ms' as $$
declare
  rule record;
  kept text := partition || '_kept';
begin
  perform pg_advisory_xact_lock(5908113642);
  select p.*, o.since, o.until into rule from partitioned_tables() p join over_partitions() o on o.target = p.target
    where o.partition = drop_partition.partition;
  if not found then
    select 0, 0 into going, staying;
    return;
  end if;
  execute format('lock table %I in share row exclusive mode', partition);
  select c.going, c.staying into going, staying from count_partition(partition, true) c;
  if going = 0 then
    return;
  end if;
  if staying > 0 then
    execute format('create table %I (like %I including all excluding identity)', kept, rule.target);
    execute format('insert into %I select * from %I r where coalesce((%s), false) or not (%s)', kept, partition, rule.stays, rule.proven);
  end if;
  execute format('drop table %I', partition);
  if staying > 0 then
    execute format('alter table %I rename to %I', kept, partition);
    execute format('alter table %I attach partition %I for values from (%L) to (%L)',
      rule.target, partition, first_id(rule.since), first_id(rule.until));
    call close_partition(partition);
  end if;
end $$;

do $$
declare
  routine regprocedure;
begin
  for routine in
    select oid from pg_proc where pronamespace = 'public'::regnamespace and proname = any (array['first_id', 'time_of_id',
      'needed_transactions', 'held_resources', 'partitioned_tables', 'close_partition', 'add_partition', 'make_partitions',
      'over_partitions', 'count_partition', 'drop_partition'])
  loop
    execute format('revoke all on routine %s from public', routine);
  end loop;
end $$;
grant execute on function make_partitions(), over_partitions(), count_partition(text, boolean), drop_partition(text), first_id(timestamptz),
  needed_transactions() to tessera_hub;
