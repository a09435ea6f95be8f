-- What a person should look at: opened once, resolved when it is over. Of one kind and subject at most one is open.
create table alert (
  id uuid primary key,
  organization_id uuid not null references organization,
  kind text not null,
  subject_type text not null check (subject_type in ('connection', 'webhook', 'follower')),
  -- The id of the connection or webhook; of a follower its name.
  subject_id text not null,
  detail text not null,
  -- A path of the API: the list of what is concerned.
  link text not null,
  opened_at timestamptz not null default now(),
  -- Since when it was not met any more; it may come back before it is taken for resolved.
  absent_since timestamptz,
  resolved_at timestamptz
);
create unique index alert_open on alert (organization_id, kind, subject_id) where resolved_at is null;
create index alert_by_time on alert (organization_id, opened_at desc, id desc);
