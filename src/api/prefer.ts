/** The Prefer header (RFC 7240). What is not understood there is ignored (section 2). */
const WAIT_SECONDS_DEFAULT = 10;
const WAIT_SECONDS_MAX = 60;

/** How long to wait for the HIS before answering 202, in milliseconds; 0 with `respond-async` alone. */
export function waitMs(prefer: string | undefined): number {
  const preferences = new Map<string, string>();
  for (const part of (prefer ?? '').split(',')) {
    const [name = '', value = ''] = (part.split(';')[0] ?? '').split('=').map((each) => each.trim());
    // Of two preferences of one name the first counts (section 2).
    if (!preferences.has(name.toLowerCase())) preferences.set(name.toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  const wait = preferences.get('wait') ?? '';
  if (/^\d{1,9}$/.test(wait)) return Math.min(Number(wait), WAIT_SECONDS_MAX) * 1000;
  return preferences.has('respond-async') ? 0 : WAIT_SECONDS_DEFAULT * 1000;
}
