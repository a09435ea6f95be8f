/** Spans of time that end now. In the address is when they begin, so that who gets it sees the same. */
const HOUR_MS = 3600_000;
const ANY = 'Any time';
const SINCE = 'Since a time';

export const SPANS: Readonly<Record<string, number | undefined>> = {
  [ANY]: undefined,
  'Last hour': HOUR_MS,
  'Last 24 hours': 24 * HOUR_MS,
  'Last 7 days': 7 * 24 * HOUR_MS,
  'Last 30 days': 30 * 24 * HOUR_MS,
  [SINCE]: undefined,
};

export function startOf(span: string | null): string {
  const length = SPANS[span ?? ANY];
  return length === undefined ? '' : new Date(Date.now() - length).toISOString();
}

/** The span that begins about then: an address may be some minutes old. */
export function spanOf(from: string | undefined): string {
  if (from === undefined) return ANY;
  const age = Date.now() - Date.parse(from);
  const near = Object.entries(SPANS).find(
    ([, length]) => length !== undefined && Math.abs(age - length) < length * 0.05,
  );
  return near?.[0] ?? SINCE;
}
