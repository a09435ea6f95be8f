/** Drift: what the HIS and the hub's model say differently, why that may be, and who is believed. */

/**
 * ghost-slot        the hub shows a slot as free that the HIS does not offer
 * missing-slot      the HIS offers a slot that the hub does not know, or knows as taken
 * booked-outside    somebody booked, at the HIS, a time that the hub shows as free
 * cancelled-outside the HIS shows an appointment of the hub as cancelled
 * moved-outside     the HIS shows it at another time; or, of a whole feed, everything at another time
 * changed-provider  the HIS shows it with another provider; or shows other data of a provider
 * patient-merged    the HIS shows it under another key of its patient
 * orphan-at-his     the HIS has a booking with the hub's reference, or its key, that the hub does not have
 * unknown-to-his    the HIS does not know an appointment of the hub
 */
export const DRIFT_KINDS = [
  'ghost-slot',
  'missing-slot',
  'booked-outside',
  'cancelled-outside',
  'moved-outside',
  'changed-provider',
  'patient-merged',
  'orphan-at-his',
  'unknown-to-his',
] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/**
 * missed-event  the HIS tells such things by itself, and did not tell this one, or it was lost
 * late-event    it was told: too late, or after something newer, so that it was not applied
 * mapping       it could not be read here: a key or a code that nothing explains
 * edit-at-his   somebody changed it at the HIS, which does not tell such things by itself
 * zone-shift    whole lists are off by the same time
 * dst-shift     they are off from a change of clocks on, or until it
 */
export const DRIFT_CAUSES = [
  'missed-event',
  'late-event',
  'mapping',
  'edit-at-his',
  'zone-shift',
  'dst-shift',
] as const;
export type DriftCause = (typeof DRIFT_CAUSES)[number];

/** hub-wins: the hub's model stays; what is to be mended at the HIS is for its people. Nothing is sent to a HIS by either. */
export const DRIFT_SETTLEMENTS = ['his-wins', 'hub-wins', 'ask'] as const;
export type DriftSettlement = (typeof DRIFT_SETTLEMENTS)[number];
export type DriftPolicy = Readonly<Record<DriftKind, DriftSettlement>>;

/** The HIS keeps the book, so it is believed where it shows something; where it shows nothing, or shows what may be ours, a person is asked. */
export const DEFAULT_DRIFT_POLICY: DriftPolicy = {
  'ghost-slot': 'his-wins',
  'missing-slot': 'his-wins',
  'booked-outside': 'his-wins',
  'cancelled-outside': 'his-wins',
  'moved-outside': 'his-wins',
  'changed-provider': 'his-wins',
  'patient-merged': 'ask',
  'orphan-at-his': 'ask',
  'unknown-to-his': 'ask',
};

/** A whole feed that is off is never believed by itself: correcting the zone is a person's work. */
export const isShift = (cause: DriftCause): boolean => cause === 'zone-shift' || cause === 'dst-shift';

export const settlementOf = (
  policy: { readonly drift?: Partial<DriftPolicy> },
  kind: DriftKind,
  cause: DriftCause,
): DriftSettlement => (isShift(cause) ? 'ask' : (policy.drift?.[kind] ?? DEFAULT_DRIFT_POLICY[kind]));
