-- What the searches walk along, in the order in which they show it. Only free slots are in these: booking one adds no entry.
drop index slot_free;
create index slot_free on slot (provider_id, start_at, id) where status = 'free';
drop index slot_free_by_time;
create index slot_free_by_time on slot (organization_id, start_at, id) where status = 'free';
create index slot_free_by_location on slot (location_id, start_at, id) where status = 'free';

create index provider_by_name on provider
  (organization_id, family collate "und-x-icu", (coalesce(given[1], '')) collate "und-x-icu", id);

create index hold_by_client on hold (client_id, expires_at);
