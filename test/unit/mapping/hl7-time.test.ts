import { describe, expect, test } from '@jest/globals';
import { applyRule, misfitOf, problemOfRule } from './mapping-directory.ts';

const heard = (text: unknown, more = ''): unknown =>
  applyRule(`{ time: { local: { path: t, format: hl7 }, zone: { const: Europe/Berlin }${more} } }`, { t: text });

describe('a time of HL7', () => {
  test.each([
    ['20270308090000', '2027-03-08T08:00:00Z'],
    [' 202703080900 ', '2027-03-08T08:00:00Z'],
    ['2027030809', '2027-03-08T08:00:00Z'],
    ['20270308090000-0600', '2027-03-08T15:00:00Z'],
    ['20270308090000.9999+0000', '2027-03-08T09:00:00Z'],
    ['198908181126+0215', '1989-08-18T09:11:00Z'],
    ['20271031023000', '2027-10-31T00:30:00Z'],
    ['20271031023000+0100', '2027-10-31T01:30:00Z'],
    ['2027-03-08T09:00:00', '2027-03-08T08:00:00Z'],
  ])('%s is %s', (text, instant) => {
    expect(heard(text)).toBe(instant);
  });

  test.each(['20270308', '2027', '2027030825', 'soon', 20270308090000])('%j is none', (text) => {
    expect(misfitOf(() => heard(text))).toMatchObject({ expected: 'a real date or time written as hl7' });
  });

  test('keeps the rules for clocks that change, but not where it has an offset', () => {
    expect(heard('20271031023000', ', overlap: later')).toBe('2027-10-31T01:30:00Z');
    expect(misfitOf(() => heard('20271031023000', ', overlap: refuse')).expected).toContain('occurs once');
    expect(misfitOf(() => heard('20270328023000')).expected).toBe('a local time that exists');
    expect(heard('20270328023000+0100', ', overlap: refuse')).toBe('2027-03-28T01:30:00Z');
  });

  test('is written with seconds and the offset of the zone', () => {
    const rule = '{ time: { path: t, zone: { const: America/New_York }, format: hl7 } }';
    expect(applyRule(rule, { t: '2027-07-08T13:00:00.750Z' })).toBe('20270708090000-0400');
    expect(applyRule(rule, {})).toBeUndefined();
  });

  test('can be read and written in one rule', () => {
    expect(heard('20270308090000', ', format: hl7')).toBe('20270308090000+0100');
    expect(heard('20270308090000', ', plus: { minutes: { const: 30 } }')).toBe('2027-03-08T08:30:00Z');
  });
});

describe('a date alone', () => {
  const date = (from: string, to: string, text: unknown): unknown =>
    applyRule(`{ time: { date: { path: d, format: ${from} }, format: ${to} } }`, { d: text });

  test('is written in another way', () => {
    expect(date('yyyy-MM-dd', 'hl7', '1980-02-29')).toBe('19800229');
    expect(date('hl7', 'yyyy-MM-dd', '19800229')).toBe('1980-02-29');
    expect(date('hl7', 'yyyy-MM-dd', '198002290800+0100')).toBe('1980-02-29');
    expect(date('hl7', 'yyyy-MM-dd', '1928-01-01')).toBe('1928-01-01');
    expect(date('d.M.yyyy', 'yyyyMMdd', '1.3.1980')).toBe('19800301');
    expect(date('hl7', 'yyyy-MM-dd', undefined)).toBeUndefined();
  });

  test.each(['198002', '1980', '19800231', ''])('%j is none', (text) => {
    expect(misfitOf(() => date('hl7', 'yyyy-MM-dd', text)).found).toBe('text');
  });

  test('has no zone, no minutes, and no hour to write', () => {
    expect(problemOfRule('{ time: { date: { path: d, format: hl7 }, format: hl7, zone: { const: UTC } } }')).toContain(
      'zone',
    );
    expect(problemOfRule('{ time: { date: { path: d, format: hl7 }, format: yyyyMMddHH } }')).toContain('no hour');
    expect(problemOfRule('{ time: { date: { path: d, format: hl7 }, format: MM } }')).toContain('year, month and day');
    expect(problemOfRule('{ time: { date: { path: d, format: hl7 } } }')).toBeDefined();
  });
});
