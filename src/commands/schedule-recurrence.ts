/**
 * The part of RFC 5545 section 3.3.10 that a weekly (or other) pattern of working days needs. The library that expands it
 * drops what it does not understand (BYMONTH=13, unknown parts) without a word, so every part is checked here first.
 */
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';

// INTERVAL needs a phase and a rule has no first day: every rule counts from this Monday, the same for PUT and for the
// daily extension, so that "every second week" never changes its mind.
const ANCHOR = Temporal.ZonedDateTime.from('2024-01-01T00:00[UTC]');

const number = (least: number, most: number): RegExp => {
  const allowed: number[] = [];
  for (let each = least; each <= most; each++) if (each !== 0) allowed.push(each);
  const one = `(?:${allowed.map((each) => (each < 0 ? `-0?${-each}` : `\\+?0?${each}`)).join('|')})`;
  return new RegExp(`^${one}(?:,${one})*$`);
};

const PARTS: Readonly<Record<string, RegExp>> = {
  FREQ: /^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  UNTIL: /^\d{8}(?:T\d{6}Z?)?$/,
  BYDAY: /^(?:[+-]?\d{1,2})?(?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:[+-]?\d{1,2})?(?:MO|TU|WE|TH|FR|SA|SU))*$/,
  BYMONTH: number(1, 12),
  BYMONTHDAY: number(-31, 31),
  BYWEEKNO: number(-53, 53),
  BYYEARDAY: number(-366, 366),
  BYSETPOS: number(-366, 366),
  WKST: /^(?:MO|TU|WE|TH|FR|SA|SU)$/,
};

const DAY_PARTS: Readonly<Record<string, readonly string[]>> = {
  DAILY: [],
  WEEKLY: ['BYDAY'],
  MONTHLY: ['BYDAY', 'BYMONTHDAY'],
  YEARLY: ['BYDAY', 'BYMONTHDAY', 'BYYEARDAY'],
};

export interface Recurrence {
  /** Days on which the pattern falls, first to last, within [from, to]; UNTIL is not applied. */
  days(from: Temporal.PlainDate, to: Temporal.PlainDate): Temporal.PlainDate[];
  /** The last instant at which an occurrence may begin, in the given zone. A bare date means the whole of that local day. */
  until(timeZone: string): Temporal.Instant | undefined;
}

/** Throws an Error whose message says what was expected; it quotes nothing but the names of parts. */
export function parseRecurrence(rrule: string): Recurrence {
  const parts = new Map<string, string>();
  for (const part of rrule.replace(/^RRULE:/, '').split(';')) {
    const [name = '', value = ''] = part.split('=', 2);
    const shape = PARTS[name];
    if (name === 'COUNT') throw new Error('COUNT needs a first day, which a rule has not: end the rule with UNTIL');
    if (name.startsWith('BY') && /^BY(?:HOUR|MINUTE|SECOND)$/.test(name)) {
      throw new Error('times come from start, end and slotMinutes: leave out BYHOUR, BYMINUTE and BYSECOND');
    }
    if (!shape)
      throw new Error(`expected RFC 5545 parts among ${Object.keys(PARTS).join(', ')}, e.g. FREQ=WEEKLY;BYDAY=MO,TU`);
    if (!shape.test(value)) throw new Error(`the value of ${name} is not one that RFC 5545 allows here`);
    if (parts.has(name)) throw new Error(`${name} is given twice`);
    parts.set(name, value);
  }
  const frequency = parts.get('FREQ');
  if (frequency === undefined) throw new Error('FREQ is missing, e.g. FREQ=WEEKLY;BYDAY=MO,TU');
  const dayParts = DAY_PARTS[frequency] ?? [];
  if (dayParts.length > 0 && !dayParts.some((name) => parts.has(name))) {
    throw new Error(`FREQ=${frequency} needs ${dayParts.join(' or ')}: which days are meant?`);
  }
  const until = parts.get('UNTIL');
  parts.delete('UNTIL');
  const rruleString = [...parts].map(([name, value]) => `${name}=${value}`).join(';');
  // Expanded as dates, in UTC: a day whose first minute falls into a DST gap is still a working day.
  const rule = new RRuleTemporal({ rruleString, dtstart: ANCHOR, temporal: Temporal, strict: true });
  const lastInstant = until === undefined ? undefined : parseUntil(until);
  return {
    days: (from, to) => rule.between(midnight(from), midnight(to), true).map((each) => each.toPlainDate()),
    until: (timeZone) => lastInstant?.(timeZone),
  };
}

const midnight = (day: Temporal.PlainDate): Date => new Date(day.toZonedDateTime('UTC').epochMilliseconds);

function parseUntil(text: string): (timeZone: string) => Temporal.Instant {
  try {
    if (text.endsWith('Z')) {
      const instant = Temporal.Instant.from(text);
      return () => instant;
    }
    const local = text.includes('T')
      ? Temporal.PlainDateTime.from(text)
      : Temporal.PlainDate.from(text).toPlainDateTime('23:59:59');
    return (timeZone) => local.toZonedDateTime(timeZone).toInstant();
  } catch (cause) {
    throw new Error('UNTIL is no date of the calendar', { cause });
  }
}
