import { expect, test } from '@jest/globals';
import { diffOverRecorded, mayShow, openSound } from '../../../src/mapping-tools/index.ts';
import { CONTRACTS, filesOf, headOf } from './at-hand.ts';

const mapping = (body: string): ReturnType<typeof openSound>['mapping'] =>
  openSound(
    filesOf({ 'one.yaml': headOf('one') + body, 'examples/any.json': '{"input": {}, "output": {}}' }),
    'one',
    CONTRACTS,
  ).mapping;

const OLD = mapping('fields:\n  id: { path: id }\n  status: { path: status }\n  family: { path: family }\n');
const recorded = (count: number): { id: string; input: unknown }[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `t${n}`,
    input: { id: `A${n}`, status: n === 150 ? 'arrived' : 'booked', family: 'Secret' },
  }));

test('a mapping differs from itself in nothing', () => {
  expect(diffOverRecorded(OLD, OLD, recorded(20))).toEqual({
    total: 20,
    same: 20,
    changed: 0,
    failed: 0,
    recovered: 0,
    bothFailed: 0,
    fields: [],
    failures: [],
  });
});

test('one changed message of two hundred is found, with its field and its id', () => {
  const seeded = mapping(
    'fields:\n  id: { path: id }\n  status: { path: status, when: { path: status, equals: booked } }\n  family: { path: family }\n',
  );
  expect(diffOverRecorded(OLD, seeded, recorded(200))).toMatchObject({
    same: 199,
    changed: 1,
    fields: [
      {
        field: '/status',
        messages: 1,
        first: [{ id: 't150', pointer: '/status', old: { type: 'text' }, new: { type: 'absent' } }],
      },
    ],
  });
});

test('values are shown where they may be, and only there', () => {
  const changed = mapping(
    "fields:\n  id: { text: 'x{id}' }\n  status: { path: status }\n  family: { text: 'x{family}' }\n",
  );
  const blind = diffOverRecorded(OLD, changed, recorded(1));
  expect(JSON.stringify(blind)).not.toMatch(/Secret|A0/);
  const seeing = diffOverRecorded(OLD, changed, recorded(1), ([first]) => first === 'id');
  expect(seeing.fields.find(({ field }) => field === '/id')?.first[0]).toMatchObject({
    old: { type: 'text', value: 'A0' },
    new: { type: 'text', value: 'xA0' },
  });
  expect(JSON.stringify(seeing)).not.toContain('Secret');
});

test('by a contract, a field may be shown unless it or what is around it is PHI, or unknown', () => {
  const shown = (contract: string, ...segments: string[]): boolean => mayShow(CONTRACTS.openapi, contract, segments);
  expect(shown('his-slot', '[]', 'start')).toBe(true);
  expect(shown('his-appointment', 'identifiers', '[]', 'value')).toBe(true);
  expect(shown('his-patient', 'name', 'prefix')).toBe(true);
  expect(shown('his-patient', 'name', 'family')).toBe(false);
  expect(shown('his-patient', 'identifiers', '[]', 'value')).toBe(false);
  expect(shown('his-patient', 'address', 'city')).toBe(false);
  expect(shown('his-slot', 'details', 'anything')).toBe(false);
});

test('what the new version refuses, or no longer refuses, is counted apart', () => {
  const strict = mapping('fields:\n  id: { path: id, as: integer }\n');
  const lax = mapping('fields:\n  id: { path: id }\n');
  const inputs = [
    { id: 'number', input: { id: '7' } },
    { id: 'text', input: { id: 'seven' } },
    { id: 'object', input: { id: {} } },
  ];
  expect(diffOverRecorded(lax, strict, inputs)).toMatchObject({
    changed: 1,
    failed: 1,
    recovered: 0,
    bothFailed: 1,
    failures: [{ id: 'text', message: expect.stringContaining('field "id": expected a number') }],
  });
  expect(diffOverRecorded(strict, lax, inputs)).toMatchObject({ failed: 0, recovered: 1, bothFailed: 1 });
});

test('an item more at the head of a list is one difference, not one of every item behind it', () => {
  const all = mapping(`fields:\n  externalId: { path: id }\n`.replace('fields', 'each: items\nfields'));
  const open = mapping("each: 'items[state=free]'\nfields:\n  externalId: { path: id }\n");
  const input = {
    items: [
      { id: 'a', state: 'blocked' },
      { id: 'b', state: 'free' },
      { id: 'c', state: 'free' },
    ],
  };
  const { fields } = diffOverRecorded(open, all, [{ id: 'one', input }]);
  expect(fields).toEqual([
    {
      field: '/*',
      messages: 1,
      first: [{ id: 'one', pointer: '/2', old: { type: 'absent' }, new: { type: 'object' } }],
    },
  ]);
});
