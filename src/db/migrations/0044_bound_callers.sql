-- Callers that are bound to locations see the patients that they entered themselves, before there is an appointment.
alter table patient add column created_by text;
