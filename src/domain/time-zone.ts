/** Asked for with every time of a HIS. Those of some spelling or other are many more than there are zones. */
const namesKnown = new Map<string, string>();
const NAMES_KNOWN_MAX = 1_000;

/** True for the name of an IANA zone that this machine knows (`Europe/Berlin`), whatever the case of its letters. */
export const isTimeZone = (name: string): boolean => timeZoneName(name) !== undefined;

/** The name with the letters' case that IANA gives it; an alias is given back as it was written. Undefined when there is no such zone. */
export function timeZoneName(text: string): string | undefined {
  const known = namesKnown.get(text);
  if (known !== undefined) return known;
  // Intl takes bare offsets for zones; those know no daylight saving time.
  if (!/^[A-Za-z]/.test(text)) return undefined;
  try {
    const resolved = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
    // Another name is the same zone under its older name (Asia/Kolkata is resolved to Asia/Calcutta): keep what was said.
    const name = resolved.toLowerCase() === text.toLowerCase() ? resolved : text;
    if (namesKnown.size < NAMES_KNOWN_MAX) namesKnown.set(text, name);
    return name;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
