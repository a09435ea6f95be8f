const CAP_MS = 600_000;

/**
 * What a reply asks to wait, in ms: Retry-After in seconds or as a date, which counts from the reply's own Date (its clock may
 * be off). At most 10 minutes. Undefined when it says nothing readable. Source: RFC 9110 10.2.3.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const written = headers.get('retry-after')?.trim();
  if (written === undefined || written === '') return undefined;
  if (/^\d+$/.test(written)) return Math.min(Number(written) * 1000, CAP_MS);
  const until = Date.parse(written);
  if (Number.isNaN(until)) return undefined;
  const from = Date.parse(headers.get('date') ?? '');
  return Math.min(Math.max(until - (Number.isNaN(from) ? nowMs : from), 0), CAP_MS);
}
