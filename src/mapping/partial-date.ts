/** The formats `hl7-partial` and `fhir-partial`: days of which only the year, or the month, may be known. Nothing is made up. */
import { parseDtm } from '../adapter-kit/hl7v2/dtm.ts';
import { isReal, type TimePattern, type WallTime } from './time-pattern.ts';

/** HL7 v2's DT: YYYY[MM[DD]]; a time of day behind it is not read. */
const HL7: TimePattern = {
  hasDate: true,
  hasClock: false,
  isPartial: true,
  parse: (text) => parseDtm(text),
  print: (time) => partsOf(time).join(''),
};

/** FHIR's date: YYYY, YYYY-MM or YYYY-MM-DD. */
const FHIR: TimePattern = {
  hasDate: true,
  hasClock: false,
  isPartial: true,
  parse(text) {
    const found = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
    if (!found) return undefined;
    const [, year, month, day] = found;
    const precision = day === undefined ? (month === undefined ? 'year' : 'month') : 'day';
    const midnight = { hour: 0, minute: 0, second: 0, precision } as const;
    const time = { year: Number(year), month: Number(month ?? 1), day: Number(day ?? 1), ...midnight };
    return isReal(time) ? time : undefined;
  },
  print: (time) => partsOf(time).join('-'),
};

export const PARTIAL_DATES: ReadonlyMap<string, TimePattern> = new Map([
  ['hl7-partial', HL7],
  ['fhir-partial', FHIR],
]);

function partsOf({ year, month, day, precision }: WallTime): string[] {
  const parts = [String(year).padStart(4, '0'), ...[month, day].map((part) => String(part).padStart(2, '0'))];
  return parts.slice(0, precision === 'year' ? 1 : precision === 'month' ? 2 : 3);
}
