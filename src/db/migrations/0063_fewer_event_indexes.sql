-- A booking tells four events, and each was entered into six indexes. Nothing asks for the events of an appointment, and who asks for one by
-- its sequence knows whose it is.
drop index event_of_appointment;
drop index event_by_sequence;
