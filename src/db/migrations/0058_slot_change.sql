-- Whose free slots have changed, for processes that remember answers. Written by the database itself, so that no change is left out,
-- whoever makes it; and in rows of their own, so that no booking waits for another one's. See docs/decisions/0053-remembered-answers.md.
create table slot_change (
  -- The database transaction: whoever has a snapshot knows which of these it has not seen.
  changed_by xid8 not null,
  organization_id uuid not null,
  -- Null: of all providers of the organization.
  provider_id uuid
);
create index slot_change_in_order on slot_change (changed_by);
call keep_apart('slot_change');

-- Changes by earlier transactions may have been deleted.
create table slot_change_kept (
  since xid8 not null
);
insert into slot_change_kept values ('0');
call keep_apart('slot_change_kept', null);

create function note_slot_change() returns trigger language plpgsql as $$
begin
  insert into slot_change (changed_by, organization_id, provider_id)
  select distinct pg_current_xact_id(), organization_id, provider_id from changed;
  return null;
end $$;

-- A slot can move from one provider to another.
create function note_slot_update() returns trigger language plpgsql as $$
begin
  insert into slot_change (changed_by, organization_id, provider_id)
  select pg_current_xact_id(), organization_id, provider_id from changed
  union select pg_current_xact_id(), organization_id, provider_id from before;
  return null;
end $$;

create trigger slot_inserted after insert on slot
  referencing new table as changed for each statement execute function note_slot_change();
create trigger slot_updated after update on slot
  referencing old table as before new table as changed for each statement execute function note_slot_update();
create trigger slot_deleted after delete on slot
  referencing old table as changed for each statement execute function note_slot_change();

-- What else an answer shows: the zone of its times, and whether it is stale.
create function note_change_of_all() returns trigger language plpgsql as $$
begin
  insert into slot_change (changed_by, organization_id) values (pg_current_xact_id(), new.organization_id);
  return null;
end $$;

create trigger location_moved after update of time_zone on location
  for each row when (old.time_zone <> new.time_zone) execute function note_change_of_all();
create trigger connection_rewritten after update of policy, managed_by on connection
  for each row when (old.policy <> new.policy or old.managed_by <> new.managed_by) execute function note_change_of_all();

-- What has changed since the snapshot `seen` was taken. `whole`: nothing of it is deleted. `server`: another one may have lost
-- transactions whose numbers it gives again. A function for its setting: of a table that is filled and emptied all the time the planner
-- thinks what it likes, and what is deleted already lies at its beginning.
create function slot_changes_since(seen pg_snapshot,
  out snapshot text, out server text, out whole boolean, out changed text[])
language plpgsql stable set enable_seqscan = off as $$
begin
  snapshot := pg_current_snapshot();
  server := pg_postmaster_start_time();
  whole := (select since from slot_change_kept) <= pg_snapshot_xmin(seen);
  changed := array(select distinct coalesce(provider_id, organization_id) from slot_change
    where changed_by >= pg_snapshot_xmin(seen) and not pg_visible_in_snapshot(changed_by, seen));
end $$;
