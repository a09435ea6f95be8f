-- Of a booking that is entered at once the answer is known when its record is made: what there is to tell of it, without the reason, which
-- whoever repeats the request brings along. Before, a second statement kept the whole answer.
alter table idempotency_record add column booked jsonb;
