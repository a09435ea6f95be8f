-- Grows with every change of a connection: who has read it knows by this number whether it is still what was read.
alter table connection add column revision bigint not null default 0;

create function next_revision() returns trigger language plpgsql as $$
begin
  new.revision := old.revision + 1;
  return new;
end $$;
create trigger connection_revision before update on connection
  for each row execute function next_revision();
