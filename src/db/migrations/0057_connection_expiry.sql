-- When what the calls of a connection rest on ends, as it was last seen: never the thing itself. Apart from the connection, whose
-- every change has all processes read it again.
create table connection_expiry (
  connection_id uuid not null references connection,
  kind text not null check (kind in ('server-certificate', 'client-certificate', 'token')),
  -- Of a server its host and port; else empty.
  subject text not null,
  ends_at timestamptz not null,
  seen_at timestamptz not null default now(),
  primary key (connection_id, kind, subject)
);
call keep_apart('connection_expiry', 'exists (select from connection c where c.id = connection_id)');
