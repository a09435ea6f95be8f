import { describe, expect, test } from '@jest/globals';
import { AdapterError } from '../../../src/adapter-kit/call.ts';
import { MappingError } from '../../../src/mapping/index.ts';
import { ANY_EXAMPLE, head, loadFiles, misfitOf } from './mapping-directory.ts';

const SLOT = {
  type: 'object',
  required: ['id', 'start'],
  properties: {
    id: { type: 'string', minLength: 1 },
    start: { type: 'string', format: 'date-time' },
    notes: { type: 'array', items: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } },
  },
  additionalProperties: false,
};

const BUNDLE_MAPPING = `${head('slots')}to: slot
expect: { path: resourceType, equals: Bundle }
each: entry[search.mode=match].resource
fields:
  id: { path: id }
  start: { path: start }
  notes: { each: note, fields: { text: { path: text } } }
`;

const bundle = (...resources: unknown[]): object => ({
  resourceType: 'Bundle',
  entry: [
    { search: { mode: 'outcome' }, resource: {} },
    ...resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  ],
});

const slots = (input: unknown): unknown =>
  loadFiles({ 'x/slots.yaml': BUNDLE_MAPPING, ...ANY_EXAMPLE }, { slot: SLOT })
    .for('x')
    ?.apply('slots', input);

describe('a mapping with `each`', () => {
  test('makes a list of what matched, also when that is nothing', () => {
    const slot = { id: 'a', start: '2027-03-08T15:00:00Z' };
    expect(slots(bundle(slot, { ...slot, id: 'b', note: [{ text: 'n' }] }))).toEqual([
      slot,
      { ...slot, id: 'b', notes: [{ text: 'n' }] },
    ]);
    expect(slots(bundle())).toEqual([]);
    expect(slots({ resourceType: 'Bundle' })).toEqual([]);
  });

  test('refuses another kind of document', () => {
    for (const input of [{ resourceType: 'OperationOutcome' }, {}, null, undefined]) {
      expect(misfitOf(() => slots(input))).toMatchObject({ sourcePath: 'resourceType', line: 5 });
    }
  });
});

describe('an output that breaks its contract is an error', () => {
  test.each<[string, object, object]>([
    [
      'a wrong format, at the rule that made it',
      { id: 'a', start: 'SECRET' },
      { field: 'start', line: 9, column: 10, found: 'text' },
    ],
    ['a missing member, at its rule', { id: 'a' }, { field: 'start', line: 9, found: 'absent' }],
    ['a wrong type', { id: 7, start: '2027-03-08T15:00:00Z' }, { field: 'id', line: 8, found: 'number' }],
    [
      'inside a list',
      { id: 'a', start: '2027-03-08T15:00:00Z', note: [{ text: 7 }] },
      { field: 'notes[].text', line: 10, column: 40, found: 'number' },
    ],
  ])('%s', (_what, resource, expected) => {
    const error = misfitOf(() => slots(bundle(resource)));
    expect(error).toMatchObject(expected);
    expect(error.message).toContain('contract slot');
    expect(error.message).toContain('entry[search.mode=match].resource (item 0): output /');
    expect(error.message).not.toContain('SECRET');
  });

  test('and so is one of which no rule made the missing member', () => {
    const text = `${head('one')}to: slot\nfields:\n  id: { const: a }\n`;
    const mappings = loadFiles({ 'x/one.yaml': text, ...ANY_EXAMPLE }, { slot: SLOT }).for('x');
    expect(misfitOf(() => mappings?.apply('one', {}))).toMatchObject({ field: 'start', line: 6, found: 'absent' });
  });
});

describe('the library', () => {
  const files = {
    'x/one.yaml': `${head('one')}fields: { a: { table: codes/a.csv, path: a } }`,
    'x/two.yaml': `${head('two')}fields: { a: { const: 1 } }`,
    'x/codes/a.csv': 'vendor,canonical,source,date\nA,b,s,d\n',
    'x/README.txt': 'not read',
    'README.md': 'not read',
    'y/examples/any.json': '{"input": {}, "output": {}}',
    'y/one.yaml': `${head('one')}fields: { a: { const: 2 } }`,
    ...ANY_EXAMPLE,
  };

  test('keeps the mappings of each adapter apart', () => {
    const library = loadFiles(files);
    expect(library.adapters()).toEqual(['x', 'y']);
    expect(library.for('x')?.names()).toEqual(['one', 'two']);
    expect(library.for('x')?.apply('one', { a: 'A' })).toEqual({ a: 'b' });
    expect(library.for('y')?.apply('one', {})).toEqual({ a: 2 });
    expect(library.for('z')).toBeUndefined();
  });

  test('versions them by their files and tables, and by nothing else', () => {
    const version = (more: Record<string, string>): string | undefined =>
      loadFiles({ ...files, ...more }).for('x')?.version;
    const before = version({});
    expect(before).toMatch(/^[0-9a-f]{12}$/);
    expect(version({ 'x/examples/any.json': '{"input": {"a": "A"}, "output": {"a": "b"}}' })).toBe(before);
    expect(version({ 'x/codes/a.csv': 'vendor,canonical,source,date\nA,c,s,d\n' })).not.toBe(before);
    expect(version({ 'x/two.yaml': `${files['x/two.yaml']} # changed` })).not.toBe(before);
  });

  test('says which mappings there are when one is not', () => {
    expect.assertions(3);
    try {
      loadFiles(files).for('x')?.apply('three', {});
    } catch (error) {
      expect(error).toBeInstanceOf(AdapterError);
      expect(error).not.toBeInstanceOf(MappingError);
      expect(error).toMatchObject({
        kind: 'misconfigured',
        message: 'there is no mapping "three" in mappings/x; it has one, two',
      });
    }
  });
});
