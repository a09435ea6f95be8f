-- The look for changed slots was planned with each call, which cost as much as the look: Postgres takes a plan that knows the snapshot to be
-- better than one for all, and both are the same walk along the index.
alter function slot_changes_since(pg_snapshot) set plan_cache_mode = force_generic_plan;
