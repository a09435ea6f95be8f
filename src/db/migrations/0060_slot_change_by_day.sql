-- Of which days (in UTC, counted from 1970-01-01) the slots were that have changed: an answer about other days stays as it is.
alter table slot_change
  -- Null: of all days.
  add column day integer;

create function utc_day(at timestamptz) returns integer language sql stable
  return floor(date_part('epoch', at) / 86400)::integer;

create or replace function note_slot_change() returns trigger language plpgsql as $$
begin
  insert into slot_change (changed_by, organization_id, provider_id, day)
  select distinct pg_current_xact_id(), organization_id, provider_id, utc_day(start_at) from changed;
  return null;
end $$;

create or replace function note_slot_update() returns trigger language plpgsql as $$
begin
  insert into slot_change (changed_by, organization_id, provider_id, day)
  select pg_current_xact_id(), organization_id, provider_id, utc_day(start_at) from changed
  union select pg_current_xact_id(), organization_id, provider_id, utc_day(start_at) from before;
  return null;
end $$;

-- `changed`: the provider, or the organization, and the day after a blank unless it is all of them. Of very many nothing is told but
-- that they are not told (`whole`).
create or replace function slot_changes_since(seen pg_snapshot,
  out snapshot text, out server text, out whole boolean, out changed text[])
language plpgsql stable set enable_seqscan = off as $$
declare
  most constant integer := 1000;
begin
  snapshot := pg_current_snapshot();
  server := pg_postmaster_start_time();
  changed := array(select distinct concat_ws(' ', coalesce(provider_id, organization_id), day) from slot_change
    where changed_by >= pg_snapshot_xmin(seen) and not pg_visible_in_snapshot(changed_by, seen) limit most);
  whole := (select since from slot_change_kept) <= pg_snapshot_xmin(seen) and cardinality(changed) < most;
end $$;
