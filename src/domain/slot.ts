/** Slots: bookable intervals. Times are instants (RFC 3339 with offset); the zone is the location's. */

export const MODES = ['in-person', 'telemedicine'] as const;
export type Mode = (typeof MODES)[number];

/**
 * free     can be booked, as far as the hub knows
 * busy     booked, here or at the HIS
 * blocked  taken out of service by a person (hub-managed connections)
 */
export const SLOT_STATUSES = ['free', 'busy', 'blocked'] as const;
export type SlotStatus = (typeof SLOT_STATUSES)[number];

export interface Slot {
  readonly id: string;
  readonly externalId: string | null;
  readonly providerId: string;
  readonly locationId: string;
  readonly start: string;
  readonly end: string;
  readonly timeZone: string;
  readonly mode: Mode;
  readonly status: SlotStatus;
  /** When the HIS last said so. */
  readonly asOf: string;
  /** True when `asOf` is older than the connection's policy allows. */
  readonly stale: boolean;
}

/** One weekly (or other) pattern of a hub-managed schedule. `start`/`end` are local wall times "HH:MM" in the location's zone. */
export interface ScheduleRule {
  /** RFC 5545 recurrence, e.g. FREQ=WEEKLY;BYDAY=MO,TU. */
  readonly rrule: string;
  readonly start: string;
  readonly end: string;
  readonly slotMinutes: number;
  readonly mode: Mode;
  /** Bookings per slot; each seat is a slot row of its own. */
  readonly capacity: number;
  readonly locationId: string;
}

/** A time in which no slot is offered: instants [from, to). */
export interface ScheduleException {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export interface Schedule {
  readonly rules: readonly ScheduleRule[];
  readonly exceptions: readonly ScheduleException[];
}
