-- The time of the slot that a move goes to, as it was when the move was asked for: its HIS may give the slot another one before the move
-- is sent. Of a booking the appointment has it. Null: asked for before this was kept.
alter table transaction add column agreed_start_at timestamptz, add column agreed_end_at timestamptz;
