-- Organizations are kept apart by the database itself. Two roles, which own nothing: tessera_app, for what the API does, sees the
-- organization of its database transaction and no other; tessera_hub, for what the hub does of itself, sees all.
-- See docs/decisions/0040-row-level-security.md.

-- Roles belong to the server, not to the database: another hub's may be there already, or be made at this moment.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['tessera_app', 'tessera_hub'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin', wanted);
      exception when duplicate_object or unique_violation then
        null;
      end;
    end if;
  end loop;
  -- Row level security is forced, so it binds the owner, too: without this a later migration would find no rows to change.
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant tessera_hub to %I', current_user);
  end if;
end $$;

grant usage on schema public to tessera_app, tessera_hub;

-- `visible`: which rows an organization has; null: none, they are the hub's own. Every table needs this once, in the migration that
-- makes it. What is append-only is so for both roles.
-- The setting is compared as it is, not as (select …), which would be read once instead of for each row: with that, Postgres plans the
-- statement that writes bookings anew each time, and it costs five times as much.
create procedure keep_apart(target regclass,
  visible text default $default$organization_id = nullif(current_setting('tessera.organization', true), '')::uuid$default$)
language plpgsql as $$
declare
  privileges text := case when exists (
    select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    where t.tgrelid = target and p.proname = 'refuse_change' and pg_get_triggerdef(t.oid) like '%DELETE OR UPDATE%')
    then 'select, insert' else 'select, insert, update, delete' end;
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy of_hub on %s to tessera_hub using (true)', target);
  execute format('grant %s on %s to tessera_hub', privileges, target);
  if visible is not null then
    execute format('create policy of_organization on %s to tessera_app using (%s)', target, visible);
    execute format('grant %s on %s to tessera_app', privileges, target);
  end if;
end $$;

do $$
declare
  target regclass;
  is_own boolean;
begin
  for target, is_own in
    select c.oid, bool_or(a.attname = 'organization_id') from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and a.attname in ('organization_id', 'connection_id') group by c.oid
  loop
    if is_own then
      call keep_apart(target);
    else
      call keep_apart(target, 'exists (select from connection c where c.id = connection_id)');
    end if;
  end loop;
end $$;

call keep_apart('organization', $$id = nullif(current_setting('tessera.organization', true), '')::uuid$$);

-- What hangs on a row of an organization belongs to it, too, as what hangs on its connections does: that row is looked for under its
-- own policy.
call keep_apart('attempt', 'exists (select from transaction t where t.id = transaction_id)');
call keep_apart('attempt_result', 'exists (select from attempt a where a.id = attempt_id)');
call keep_apart('event_position', 'exists (select from event e where e.sequence = event_position.sequence)');
call keep_apart('mapping_shadow', 'exists (select from mapping_version v where v.id = version_id)');
call keep_apart('provider_location', 'exists (select from provider p where p.id = provider_id)');
call keep_apart('replay_edit', 'exists (select from transaction t where t.id = transaction_id)');
call keep_apart('replay_plan_item', 'exists (select from replay_plan p where p.id = plan_id)');
call keep_apart('resolution', 'exists (select from transaction t where t.id = transaction_id)');
call keep_apart('slot_claim', 'exists (select from slot s where s.id = slot_id)');
call keep_apart('transaction_release', 'exists (select from transaction t where t.id = transaction_id)');
call keep_apart('unmapped_code_wait', 'exists (select from unmapped_code u where u.id = unmapped_code_id)');
call keep_apart('webhook_attempt', 'exists (select from webhook w where w.id = webhook_id)');

-- The hub's own: how far it has come, and which of its processes are alive.
call keep_apart('event_cursor', null);
call keep_apart('event_order', null);
call keep_apart('process_presence', null);
create policy of_everybody on process_presence for select to tessera_app using (true);
grant select on process_presence to tessera_app;
grant select on schema_migration to tessera_hub;

-- What else there is by now is the hub's own, until a migration says otherwise.
do $$
declare
  target regclass;
begin
  for target in
    select oid from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity and relname <> 'schema_migration'
  loop
    call keep_apart(target, null);
  end loop;
end $$;

-- A view is read with its owner's eyes unless it says otherwise.
alter view appointment_block set (security_invoker = true);
grant select on appointment_block to tessera_app, tessera_hub;
