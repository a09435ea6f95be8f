/** The format `hl7`: times as HL7 v2 writes them, with as many digits as the sender knows, and with an offset or without. */
import { formatDt, formatDtm, parseDtm } from '../adapter-kit/hl7v2/dtm.ts';
import type { TimePattern } from './time-pattern.ts';

export const HL7_FORMAT = 'hl7';

/** Day and time of day. A text without an hour does not fit: midnight would be a guess. */
export const HL7_TIME: TimePattern = {
  hasDate: true,
  hasClock: true,
  parse(text) {
    const time = parseDtm(text);
    const isComplete = time !== undefined && ['hour', 'minute', 'second'].includes(time.precision);
    return isComplete ? time : undefined;
  },
  // A wall clock alone knows no offset; printHl7 does.
  print: ({ year, month, day, hour, minute, second }) =>
    [digits(year, 4), ...[month, day, hour, minute, second].map((part) => digits(part, 2))].join(''),
};

/** As HL7_TIME; a day without an hour is its midnight, for senders who leave midnight out. */
export const HL7_TIME_OR_DAY: TimePattern = {
  ...HL7_TIME,
  parse(text) {
    const time = parseDtm(text);
    return time && time.precision !== 'year' && time.precision !== 'month' ? time : undefined;
  },
};

/** The day; a time of day behind it is not read. */
export const HL7_DATE: TimePattern = {
  hasDate: true,
  hasClock: false,
  parse(text) {
    const time = parseDtm(text);
    return time && time.precision !== 'year' && time.precision !== 'month' ? time : undefined;
  },
  print: ({ year, month, day }) => formatDt(`${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`),
};

/** An instant with the offset that `zone` has then, in whole seconds. */
export const printHl7 = (instant: number, zone: string): string => formatDtm(Math.floor(instant / 1_000) * 1_000, zone);

const digits = (value: number, length: number): string => String(value).padStart(length, '0');
