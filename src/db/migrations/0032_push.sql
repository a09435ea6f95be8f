-- What a HIS posts to the hub by itself, and where it is to be looked at again because of it.

-- How far each sender that numbers what it tells has come here. What was left out in between is read by polls.
create table push_count (
  connection_id uuid not null references connection,
  -- The sender's name of what it counts, e.g. a subscription.
  feed text not null,
  latest bigint not null,
  heard_at timestamptz not null default now(),
  primary key (connection_id, feed)
);

-- Stretches of starts [from_at, to_at) that are compared with the HIS soon, without waiting for the next poll.
create table look_again (
  connection_id uuid not null references connection,
  from_at timestamptz not null,
  to_at timestamptz not null,
  asked_at timestamptz not null default now(),
  -- Grows when it is asked for again: what is asked for while somebody looks is looked at once more.
  asks integer not null default 1,
  due_at timestamptz not null default now(),
  failures integer not null default 0,
  primary key (connection_id, from_at, to_at)
);
create index look_again_due on look_again (due_at);
