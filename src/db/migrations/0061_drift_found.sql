-- Differences are looked up among those that are over, too, with each comparison: whether the hub was to be right, and whether an event
-- came after all.
create index drift_left_alone on drift (connection_id, kind, subject) where state = 'settled' and settlement = 'hub-wins';
create index drift_missed on drift (connection_id, found_at) where cause = 'missed-event';
