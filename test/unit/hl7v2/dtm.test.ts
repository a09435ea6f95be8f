import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dtmInstant, formatDt, formatDtm, parseDtm } from '#adapter-kit';

function instantOf(text: string, zone?: string): string {
  const dtm = parseDtm(text);
  if (!dtm) return 'no time';
  const found = dtmInstant(dtm, zone);
  return found.kind === 'instant'
    ? `${new Date(found.epochMs).toISOString()}${found.ambiguous ? ' ambiguous' : ''}`
    : found.kind;
}

describe('a time is read', () => {
  test.each([
    ['20270308090000-0600', undefined, '2027-03-08T15:00:00.000Z'],
    ['20270308090000+0000', undefined, '2027-03-08T09:00:00.000Z'],
    ['202703080900+0100', 'America/New_York', '2027-03-08T08:00:00.000Z'],
    ['2027030809+0100', undefined, '2027-03-08T08:00:00.000Z'],
    ['20270308090000.1239+0100', undefined, '2027-03-08T08:00:00.123Z'],
    ['198908181126+0215', undefined, '1989-08-18T09:11:00.000Z'],
    ['20270308090000', 'Europe/Berlin', '2027-03-08T08:00:00.000Z'],
    ['20270308090000', undefined, 'unzoned'],
    ['20270308', 'Europe/Berlin', 'imprecise'],
    ['202703', 'Europe/Berlin', 'imprecise'],
    ['2027', 'Europe/Berlin', 'imprecise'],
    ['20270308+0100', undefined, 'imprecise'],
    ['20271031023000', 'Europe/Berlin', '2027-10-31T00:30:00.000Z ambiguous'],
    ['20271031023000+0100', 'Europe/Berlin', '2027-10-31T01:30:00.000Z'],
    ['20270328023000', 'Europe/Berlin', 'gap'],
    ['2027-03-08T09:00:00-06:00', undefined, '2027-03-08T15:00:00.000Z'],
    ['2027-03-08T09:00:00Z', undefined, '2027-03-08T09:00:00.000Z'],
    ['2027-03-08 09:00', 'Europe/Berlin', '2027-03-08T08:00:00.000Z'],
  ])('%s in %s: %s', (text, zone, instant) => {
    expect(instantOf(text, zone)).toBe(instant);
  });

  test.each([
    '',
    '202',
    '20271',
    '2027030',
    '20270308090',
    '202703080900000',
    '20270308090000.',
    '20270308090000+01',
    'soon',
    '""',
    '20271301',
    '20270229',
    '20270432',
    '2027030824',
    '202703080960',
    '20270308090060',
    '00000101',
    '20270308T0900',
    '20270308090000+2500',
    '20270308090000+0160',
    ' 20270308',
  ])('%j is none', (text) => {
    expect(parseDtm(text)).toBeUndefined();
  });

  test.each([
    ['2027', 'year'],
    ['202703', 'month'],
    ['20270308', 'day'],
    ['1928-01-01', 'day'],
    ['2027030809', 'hour'],
    ['202703080900', 'minute'],
    ['2027-03-08T09:00', 'minute'],
    ['20270308090000', 'second'],
    ['20270308090000.5', 'second'],
  ])('%s is as precise as a %s', (text, precision) => {
    expect(parseDtm(text)?.precision).toBe(precision);
  });
});

describe('a time is written', () => {
  test.each([
    ['2027-03-08T15:00:00Z', 'America/Chicago', '20270308090000-0600'],
    ['2027-07-08T15:00:00.250Z', 'Europe/Berlin', '20270708170000.250+0200'],
    ['2027-03-08T15:00:00Z', 'Asia/Kolkata', '20270308203000+0530'],
    ['2027-03-08T15:00:00Z', 'America/St_Johns', '20270308113000-0330'],
    ['2027-03-08T15:00:00Z', 'UTC', '20270308150000+0000'],
  ])('%s in %s as %s', (instant, zone, text) => {
    expect(formatDtm(Date.parse(instant), zone)).toBe(text);
  });

  test('and means the same instant when it is read, wherever it was written', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'Australia/Lord_Howe', 'UTC'];
    const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2090, 0, 1) });
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (epochMs, zone) => {
        const dtm = parseDtm(formatDtm(epochMs, zone));
        expect(dtm && dtmInstant(dtm, undefined)).toEqual({ kind: 'instant', epochMs, ambiguous: false });
      }),
    );
  });

  test('a date has no dashes', () => {
    expect(formatDt('1980-02-29')).toBe('19800229');
  });
});
