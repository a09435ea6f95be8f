import { expect, test } from '@jest/globals';
import { readHl7, type Hl7Tree } from '#adapter-kit';
import { applyRule, misfitOf } from '../mapping/mapping-directory.ts';

const HEAD = 'MSH|^~\\&|HIS|X|HUB|HUB|20270301||SIU^S12|C1|P|2.5';
const tree = (...segments: readonly string[]): Hl7Tree => readHl7(Buffer.from([HEAD, ...segments].join('\r'))).toTree();

const SIU = tree(
  'SCH|1^P|36996||||""|NEW^New||30|min|^^30^20270308090000||||||||||||||Booked',
  'NTE|1||about the appointment',
  'PID|1||4711^^^HIS&1.2.3^MR~99^^^NAT^NI||Bergh&van den&B^Zoë',
  'RGS|1|A',
  'AIS|1||MRI',
  'NTE|1||about the service',
  'RGS|2|A',
  'AIP|1||17^Doc',
  'AIP|2||18^Tech',
  'ZCH|custom',
);

test.each<[string, unknown]>([
  ['SCH-11.4', '20270308090000'],
  ['SCH-25.1', 'Booked'],
  ['SCH-2.1', '36996'],
  ['PID-5.1', 'Bergh'],
  ['PID-5.1&2', 'van den'],
  ['PID-3.1', '4711'],
  ['PID-3~[5=NI].1', '99'],
  ['PID-3~[*].1', ['4711', '99']],
  ['PID[0].PID-3~[1].4', 'NAT'],
  ['AIP[1].AIP-3.2', 'Tech'],
  ['AIP[*].AIP-3.1', ['17', '18']],
  ['RGS[0].AIS[0].AIS-3.1', 'MRI'],
  ['RGS[1].AIP[*].AIP-3.1', ['17', '18']],
  ['RGS[1].AIS[0].AIS-3.1', undefined],
  ['SCH[0].NTE[0].NTE-3.1', 'about the appointment'],
  ['AIS[0].NTE[0].NTE-3.1', 'about the service'],
  ['NTE[*].NTE-3.1', ['about the appointment', 'about the service']],
  ['segments[segment=ZCH].ZCH-1.1', 'custom'],
  ['MSH-9.2', 'S12'],
  ['MSH-1.1', '|'],
  ['MSH-2.1', '^~\\&'],
  ['SCH-6.1', undefined],
  ['SCH-3.1', undefined],
])('a mapping reads %s', (path, value) => {
  expect(applyRule(`{ path: '${path}', default: absent }`, SIU)).toEqual(value ?? 'absent');
});

test('a field is always an object of components, so that its shape does not depend on the sender', () => {
  expect(misfitOf(() => applyRule('{ path: SCH-25 }', SIU))).toMatchObject({ sourcePath: 'SCH-25', found: 'object' });
  expect(SIU['SCH-6']).toEqual({ 1: null });
  expect(Object.keys(SIU)).not.toContain('SCH-3');
});

test('it is plain JSON', () => {
  expect(JSON.parse(JSON.stringify(SIU))).toEqual(SIU);
});

test('the first segment of a name is named alone, none is lost', () => {
  const twice = tree('ZAA|first|x', 'ZAA|second');
  expect(twice['ZAA-1']).toEqual({ 1: 'first' });
  expect(twice.segments.map((each) => each.segment)).toEqual(['MSH', 'ZAA', 'ZAA']);
  // The second has no second field; the first's must not show through.
  expect(twice['ZAA']).toEqual([
    expect.objectContaining({ 'ZAA-2': { 1: 'x' } }),
    expect.not.objectContaining({ 'ZAA-2': { 1: 'x' } }),
  ]);
});

test('a sender cannot name what is no segment', () => {
  const odd = tree('__proto__|x', 'PIDX|y', 'segments|z');
  expect(Object.getPrototypeOf(odd)).toBe(Object.prototype);
  expect(Object.keys(odd).filter((name) => !name.startsWith('MSH'))).toEqual(['segments']);
  expect(odd.segments.map((each) => each.segment)).toEqual(['MSH', '__proto__', 'PIDX', 'segments']);
});

test('a message of nothing but delimiters is refused before it fills the memory', () => {
  expect(() => tree(`ZZZ|${'x~'.repeat(500_000)}`)).toThrow(expect.objectContaining({ problem: 'too-many-parts' }));
});
