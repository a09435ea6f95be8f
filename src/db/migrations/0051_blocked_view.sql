-- The same rows as before, found by the indexes of those that need review and of those that are open: with one condition for both,
-- every transaction there ever was had to be looked at. (Replacing a view takes its options from it; what was granted stays.)
create or replace view appointment_block with (security_invoker = true) as
select t.appointment_id, t.organization_id, t.connection_id, t.id as transaction_id, t.sequence, t.kind, t.state, t.error_code,
  block.since, behind.waiting, block.since <= now() - patience.age as is_due
from (
  select * from transaction where state = 'needs_review'
  union all
  select * from transaction where state not in ('succeeded', 'rejected', 'superseded', 'failed', 'needs_review')) t
join connection c on c.id = t.connection_id
cross join lateral (
  select coalesce((c.policy ->> 'blockedAfterMs')::float8, 900000) * interval '1 ms' as age) patience
cross join lateral (
  select case when t.state = 'needs_review' then t.settled_at else t.created_at end as since) block
cross join lateral (
  select count(*)::int as waiting from transaction later
  where later.appointment_id = t.appointment_id and later.sequence > t.sequence
    and later.state not in ('succeeded', 'rejected', 'superseded', 'failed', 'needs_review')) behind
where t.released_at is null
  and (t.state = 'needs_review' or (t.created_at <= now() - patience.age and behind.waiting > 0))
  and not exists (
    select 1 from transaction older
    where older.appointment_id = t.appointment_id and older.sequence < t.sequence
      and older.state not in ('succeeded', 'rejected', 'superseded', 'failed') and older.released_at is null);
