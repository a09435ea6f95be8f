-- The schedule gives this slot no longer, and it is there only because somebody has it: an appointment, a hold, or whoever
-- blocked it. Nobody else can have it, and it goes when it is given back.
alter table slot add column withdrawn boolean not null default false;
