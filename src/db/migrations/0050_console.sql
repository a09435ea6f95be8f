-- What the console lists and counts: what is in trouble, by its state and by its error, newest first. A booking that goes as it
-- should (queued, sending, succeeded; no error) has no entry in either, and costs nothing.
create index transaction_troubled on transaction (organization_id, state, sequence desc)
  where state in ('retrying', 'parked', 'unknown', 'verifying', 'needs_review', 'failed', 'rejected', 'superseded');
create index transaction_by_error on transaction (organization_id, error_code, sequence desc) where error_code is not null;
