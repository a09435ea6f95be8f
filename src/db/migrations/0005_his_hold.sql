-- A slot that the hub has reserved at a HIS. No HIS promises to end a reservation by itself: whoever made it gives it back,
-- also after a crash. The row is committed before the request leaves.
create table his_hold (
  slot_id uuid primary key references slot,
  connection_id uuid not null references connection,
  -- What the HIS was told as our reference.
  transaction_id uuid not null,
  state text not null check (state in ('asking', 'held', 'releasing')),
  -- When it is looked at next.
  due_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index his_hold_due on his_hold (due_at);
