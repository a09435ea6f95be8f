/** Local times, for what comes by the thousand: printed by Postgres (queries/times.ts) they were four fifths of the cost of a page of slots. */

const QUARTER_MS = 900_000;
const REMEMBERED_MAX = 200_000;
/** About 2 MB for each zone. */
const TOLD_MAX = 20_000;
const MINUTE_MS = 60_000;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** What was told already: days of slots begin at the same times. */
  readonly told: Map<number, string>;
  /** Offset in minutes by quarter of an hour since 1970: clocks are changed at whole quarters, in every zone since 2012. */
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, Zone>();

/** The instant as the wall clock of the IANA zone shows it, with that zone's offset, e.g. 2026-12-01T09:00:00-05:00. Whole seconds. */
export function wallTime(epochMs: number, timeZone: string): string {
  const zone = zoneOf(timeZone);
  const known = zone.told.get(epochMs);
  if (known !== undefined) return known;
  const offset = offsetIn(zone, epochMs);
  const local = new Date(epochMs + offset * MINUTE_MS).toISOString().slice(0, 19);
  const distance = Math.abs(offset);
  const text = `${local}${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(distance / 60))}:${twoDigits(distance % 60)}`;
  if (zone.told.size >= TOLD_MAX) zone.told.clear();
  zone.told.set(epochMs, text);
  return text;
}

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const zone = { format, told: new Map<number, string>(), offsets: new Map<number, number>() };
  zones.set(timeZone, zone);
  return zone;
}

/** Of the IANA zone at that instant, from 2012 on; minutes east of UTC. */
export const utcOffset = (epochMs: number, timeZone: string): number => offsetIn(zoneOf(timeZone), epochMs);

function offsetIn({ format, offsets }: Zone, epochMs: number): number {
  const quarter = Math.floor(epochMs / QUARTER_MS);
  const known = offsets.get(quarter);
  if (known !== undefined) return known;
  const offset = readOffset(format, epochMs);
  if (offsets.size >= REMEMBERED_MAX) offsets.clear();
  offsets.set(quarter, offset);
  return offset;
}

/** "GMT-05:00" is -300, "GMT" is 0. */
function readOffset(format: Intl.DateTimeFormat, epochMs: number): number {
  const name = format.formatToParts(epochMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');
