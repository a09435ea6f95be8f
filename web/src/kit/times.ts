/** Times as text. Formats are made once: making one costs more than using it a thousand times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions, name: string): Intl.DateTimeFormat {
  const key = `${name} ${zone}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
  formats.set(key, known);
  return known;
}

/** "27 Feb 2027, 08:00:01" */
export const toTheSecond = (at: string, zone: string): string =>
  format(
    zone,
    { day: '2-digit', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    's',
  ).format(new Date(at));

/** "EST", "CET": no locale knows the short names of all zones, so the one that knows this zone's is asked. */
function zoneName(at: string, zone: string): string {
  const names = ['en-US', 'en-GB', 'en-AU'].map((locale) => {
    const key = `z ${locale} ${zone}`;
    const known = formats.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' });
    formats.set(key, known);
    return known.formatToParts(new Date(at)).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  });
  return names.find((name) => /^[A-Z]+$/.test(name)) ?? names[0] ?? zone;
}

/** "Sat 27 Feb, 08:00 EST" */
export const appointmentTime = (at: string, zone: string): string => `${localTime(at, zone)} ${zoneName(at, zone)}`;

const localTime = (at: string, zone: string): string =>
  format(zone, { weekday: 'short', day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit' }, 'a').format(
    new Date(at),
  );

/** "08:00" */
export const timeOfDay = (at: string, zone: string): string =>
  format(zone, { hour: '2-digit', minute: '2-digit' }, 't').format(new Date(at));

/** "Sat 27 Feb 2027": of a date, which has no zone. */
export const wholeDay = (date: string): string =>
  format('UTC', { weekday: 'short', day: '2-digit', month: 'short', year: 'numeric' }, 'd').format(new Date(date));

/** "08:00:01.123" */
export const clock = (at: string, zone: string): string =>
  format(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 }, 'c').format(
    new Date(at),
  );

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** "3 min", "2 h": the largest unit that fits, rounded down. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [size, unit] = UNITS.find(([least]) => whole >= least) ?? [1, 's'];
  return `${Math.floor(whole / size)} ${unit}`;
}

/** "740 ms", "2.3 s" */
export const milliseconds = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;

/** "3 min ago", "in 20 s" */
export function fromNow(at: string, now = Date.now()): string {
  const seconds = (now - Date.parse(at)) / 1_000;
  return seconds >= 0 ? `${duration(seconds)} ago` : `in ${duration(-seconds)}`;
}

export const isOver = (at: string, now = Date.now()): boolean => Date.parse(at) < now;
