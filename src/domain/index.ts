/**
 * The words of the hub, and the rules that need nothing but the words. Imports nothing.
 *
 * organization  the tenant; nothing of one is ever visible to another
 * location      a clinic site; has an IANA time zone
 * connection    one HIS endpoint of an organization: adapter + endpoint + credentials + mappings + policy
 * provider      a practitioner who can be booked
 * slot          a bookable interval of a provider (FHIR Slot)
 * appointment   FHIR Appointment, and `rejected`: the HIS said no
 * hold          a short reservation of a slot, ended by its time to live
 * transaction   one traced business exchange with a HIS; its id is a UUIDv7
 * attempt       one call made for a transaction
 * ledger        transactions and their attempts, append-only
 */
export * from './appointment.ts';
export * from './audit.ts';
export * from './drift.ts';
export * from './feed.ts';
export * from './hub-error.ts';
export * from './id.ts';
export * from './json-pointer.ts';
export type * from './log.ts';
export * from './outcome.ts';
export * from './pause.ts';
export * from './people.ts';
export * from './places.ts';
export * from './policy.ts';
export * from './poll-plan.ts';
export * from './rates.ts';
export * from './repeat.ts';
export * from './retention.ts';
export * from './role.ts';
export * from './slot.ts';
export * from './transaction.ts';
export * from './time-zone.ts';
export * from './wall-clock.ts';
