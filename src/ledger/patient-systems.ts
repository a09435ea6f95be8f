/** The `system`s under which external_identifier keeps what HISs call a patient. */

/** The one under which it keeps a thing's primary key at its HIS. */
export const HIS_KEY = 'urn:tessera:his-key';

/** A further key of a patient at a HIS: one that it has retired, or uses beside the one that the hub gave. */
export const ALSO_KEY = 'urn:tessera:his-key-also';

/** Of two patients of the hub that are one at a HIS: the hub's id of the one who is gone, in the clear. */
export const MERGED = 'urn:tessera:merged-patient';

export const HIS_KEYS: ReadonlySet<string> = new Set([HIS_KEY, ALSO_KEY]);
