import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printInstant } from '../../../src/mapping/instant.ts';
import { applyRule, misfitOf, problemOfRule } from './mapping-directory.ts';

const instant = (text: unknown): unknown => applyRule('{ time: { path: t } }', { t: text });

const wall = (date: string, clock: string, zone: string, more = ''): unknown =>
  applyRule(
    `{ time: { date: { path: d, format: M/d/yyyy }, clock: { path: c, format: 'h:mm a' }, zone: { path: $root.z }${more} } }`,
    { d: date, c: clock, z: zone },
  );

describe('an RFC 3339 time', () => {
  test.each([
    ['2027-03-08T15:00:00Z', '2027-03-08T15:00:00Z'],
    ['2027-03-08T10:00:00-05:00', '2027-03-08T15:00:00Z'],
    ['2027-03-08T00:30:00+05:30', '2027-03-07T19:00:00Z'],
    ['2027-03-08T15:00:00.250Z', '2027-03-08T15:00:00.250Z'],
    ['2027-03-08T15:00:00.1239Z', '2027-03-08T15:00:00.123Z'],
    ['2027-03-08t15:00:00.57z', '2027-03-08T15:00:00.570Z'],
    ['2027-03-08T15:00:00.5-05:00', '2027-03-08T20:00:00.500Z'],
    ['2028-02-29T23:59:59Z', '2028-02-29T23:59:59Z'],
    ['2028-02-29T23:59:59z', '2028-02-29T23:59:59Z'],
  ])('%s is %s in UTC', (given, utc) => {
    expect(instant(given)).toBe(utc);
  });

  test.each([
    '2027-03-08T15:00:00',
    '2027-03-08',
    '2027-03-08 15:00:00Z',
    '2027-02-29T15:00:00Z',
    '2027-13-01T15:00:00Z',
    '2027-03-08T24:00:00Z',
    '2027-03-08T23:59:60Z',
    '2027-03-08T15:00Z',
    '2027-03-08T15:00:00+24:00',
    '2027-03-08T15:00:00-0500',
    '2027-03-08T15:00:00.123456',
    '2027-00-08T15:00:00Z',
    '2027-03-00T15:00:00Z',
    '0027-03-08T15:00:00Z',
    'soon',
    '',
  ])('%j is refused', (given) => {
    expect(misfitOf(() => instant(given))).toMatchObject({ sourcePath: 't', found: 'text' });
  });

  test('is refused with its own advice when only the offset is missing', () => {
    expect(misfitOf(() => instant('2027-03-08T15:00:00')).advice).toContain('no offset');
    expect(misfitOf(() => instant(1804518000)).found).toBe('number');
  });
});

describe('a local time and its zone', () => {
  test('is that instant, on both sides of a change of the clocks', () => {
    expect(wall('3/8/2027', ' 2:00 PM', 'America/New_York')).toBe('2027-03-08T19:00:00Z');
    expect(wall('3/14/2027', '3:00 AM', 'America/New_York')).toBe('2027-03-14T07:00:00Z');
    expect(wall('3/14/2027', '1:59 AM', 'America/New_York')).toBe('2027-03-14T06:59:00Z');
    expect(wall('03/08/2027', '12:00 AM', 'Europe/Berlin')).toBe('2027-03-07T23:00:00Z');
    expect(wall('3/8/2027', '12:30 pm', 'Asia/Kolkata')).toBe('2027-03-08T07:00:00Z');
  });

  test('that the clocks skip is an error', () => {
    const error = misfitOf(() => wall('3/14/2027', '2:30 AM', 'America/New_York'));
    expect(error).toMatchObject({ expected: 'a local time that exists', sourcePath: 'd, c' });
    expect(misfitOf(() => wall('3/28/2027', '2:00 AM', 'Europe/Berlin', ', overlap: later')).advice).toContain(
      'summer time begins',
    );
  });

  test('that the clocks show twice is the earlier one, or as the rule says', () => {
    expect(wall('11/7/2027', '1:30 AM', 'America/New_York')).toBe('2027-11-07T05:30:00Z');
    expect(wall('11/7/2027', '1:30 AM', 'America/New_York', ', overlap: earlier')).toBe('2027-11-07T05:30:00Z');
    expect(wall('11/7/2027', '1:30 AM', 'America/New_York', ', overlap: later')).toBe('2027-11-07T06:30:00Z');
    expect(misfitOf(() => wall('11/7/2027', '1:30 AM', 'America/New_York', ', overlap: refuse')).expected).toContain(
      'occurs once',
    );
  });

  test.each([
    ['2/30/2027', '2:00 PM'],
    ['13/1/2027', '2:00 PM'],
    ['3/8/27', '2:00 PM'],
    ['3/8/2027', '14:00'],
    ['3/8/2027', '0:00 AM'],
    ['3/8/2027', '13:00 PM'],
    ['3/8/2027', '2:60 PM'],
  ])('%s %s is no time in this format', (date, clock) => {
    expect(misfitOf(() => wall(date, clock, 'UTC')).expected).toMatch(/^a real date or time written as /);
  });

  test('in an unknown zone, in a bare offset or without zone is an error', () => {
    for (const zone of ['Mars/Base', '+02:00', ''])
      expect(misfitOf(() => wall('3/8/2027', '2:00 PM', zone)).expected).toContain('IANA zone');
  });

  test('is absent when its day or its clock is', () => {
    const rule =
      '{ time: { date: { path: d, format: M/d/yyyy }, clock: { path: c, format: HH:mm }, zone: { const: UTC } } }';
    expect(applyRule(rule, { c: '14:00' })).toBeUndefined();
    expect(applyRule(rule, { d: '3/8/2027' })).toBeUndefined();
  });

  test('may stand in one text', () => {
    const rule = (format: string): string =>
      `{ time: { local: { path: t, format: "${format}" }, zone: { const: Europe/Berlin } } }`;
    expect(applyRule(rule('yyyyMMddHHmmss'), { t: '20270708090000' })).toBe('2027-07-08T07:00:00Z');
    expect(applyRule(rule("yyyy-MM-dd'T'HH:mm:ss"), { t: '2027-07-08T09:00:00' })).toBe('2027-07-08T07:00:00Z');
  });

  test('plus a duration is another instant, across a change of the clocks too', () => {
    const rule =
      "{ time: { date: { path: d, format: M/d/yyyy }, clock: { path: c, format: 'h:mm a' }, zone: { const: America/New_York }, plus: { minutes: { path: n, as: integer } } } }";
    expect(applyRule(rule, { d: '3/14/2027', c: ' 1:30 AM', n: '60' })).toBe('2027-03-14T07:30:00Z');
    expect(misfitOf(() => applyRule(rule, { d: '3/14/2027', c: '1:30 AM' })).expected).toContain('whole minutes');
    expect(misfitOf(() => applyRule(rule, { d: '3/14/2027', c: '1:30 AM', n: '-5' })).found).toBe('number');
    expect(applyRule('{ time: { path: t, plus: { minutes: { const: 30 } } } }', { t: '2027-03-08T15:00:00Z' })).toBe(
      '2027-03-08T15:30:00Z',
    );
  });
});

describe('an instant as local text', () => {
  const rule = (format: string): string => `{ time: { path: t, zone: { path: z }, format: "${format}" } }`;

  test.each([
    ['yyyy-MM-dd', '2027-03-08'],
    ['M/d/yyyy', '3/8/2027'],
    ['HH:mm:ss', '00:05:09'],
    ['H:mm', '0:05'],
    ['h:mm a', '12:05 AM'],
    ['hh:mm a', '12:05 AM'],
    ["d. M. yyyy 'at' HH 'o''clock'", "8. 3. 2027 at 00 o'clock"],
  ])('%s gives %s', (format, text) => {
    expect(applyRule(rule(format), { t: '2027-03-07T23:05:09Z', z: 'Europe/Berlin' })).toBe(text);
  });

  test('read again in its zone is the same instant', () => {
    for (const t of ['2027-03-14T06:59:00Z', '2027-03-14T07:00:00Z', '2027-07-01T16:00:00Z', '2027-11-07T05:30:00Z']) {
      const z = 'America/New_York';
      const date = applyRule(rule('M/d/yyyy'), { t, z });
      const clock = applyRule(rule('h:mm a'), { t, z });
      expect(wall(String(date), String(clock), z)).toBe(t);
    }
  });
});

describe('a time rule that leaves something open is refused', () => {
  test.each([
    ['{ time: {} }', 'either "path" or "date" and "clock"'],
    ['{ time: { path: t, zone: { const: UTC } } }', 'needs a "format"'],
    ['{ time: { path: t, format: HH } }', 'needs a "zone"'],
    ['{ time: { path: t, overlap: later } }', '"overlap" belongs'],
    ["{ time: { path: 't[*]' } }", 'takes one value'],
    ['{ time: { date: { path: d, format: yyyy-MM-dd }, zone: { const: UTC } } }', '"clock" is missing'],
    ['{ time: { local: { path: d, format: yyyy-MM-dd }, zone: { const: UTC } } }', 'needs an hour'],
    ['{ time: { local: { path: d, format: HH:mm }, zone: { const: UTC } } }', 'needs year, month and day'],
    ['{ time: { local: { path: d, format: yyyyMMddHH } } }', 'needs a "zone"'],
    ['{ time: { local: { path: d }, zone: { const: UTC } } }', 'lacks a "format"'],
    ['{ time: { local: { path: d, format: yyyyMMddHH }, zone: { const: Mars/Base } } }', 'is not an IANA zone'],
    ['{ time: { path: t, zone: { const: UTC }, format: YYYY-MM-DD } }', '"YYYY" is not known in a format'],
    ["{ time: { path: t, zone: { const: UTC }, format: 'h:mm' } }", 'h without a'],
    ['{ time: { path: t, zone: { const: UTC }, format: MM-M } }', 'month twice'],
    ['{ time: { path: t, plus: { minutes: { const: -1 } } } }', 'whole minutes'],
    ['{ time: { path: t, plus: { hours: { const: 1 } } } }', 'has no "hours"'],
  ])('%s', (rule, message) => {
    expect(problemOfRule(rule)).toContain(message);
  });
});

test('an instant is written as Date writes it, but for milliseconds of 0', () => {
  const written = (epochMs: number): string => new Date(epochMs).toISOString().replace('.000Z', 'Z');
  fc.assert(
    fc.property(
      fc.date({ noInvalidDate: true, min: new Date('-000002-01-01'), max: new Date('+010002-01-01') }),
      (date) => {
        const whole = Math.floor(date.getTime() / 1_000) * 1_000;
        expect([printInstant(date.getTime()), printInstant(whole)]).toEqual([written(date.getTime()), written(whole)]);
      },
    ),
    { numRuns: 5_000 },
  );
  for (let day = Date.UTC(1995, 0, 1); day < Date.UTC(2105, 0, 1); day += 86_400_000)
    expect(printInstant(day)).toBe(written(day));
});
