import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tessera, type Ended } from './tessera.ts';

// Each test starts processes, which share two cores with all other tests.
jest.setTimeout(120_000);

describe('the shipped mappings, and the template', () => {
  test('have no findings', async () => {
    expect(await tessera(['map', 'lint'])).toMatchObject({ code: 0, out: expect.stringContaining(' 0 findings\n') });
  });

  test('do what their examples say', async () => {
    const { code, out } = await tessera(['map', 'test', '--json']);
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, updated: [], failed: [] });
  });

  test('have examples that set at least 90 % of the target fields of each', async () => {
    const { code, out } = await tessera(['map', 'coverage', '--threshold', '90', '--json']);
    const { below, mappings } = JSON.parse(out);
    expect({ code, below }).toEqual({ code: 0, below: [] });
    expect(mappings.length).toBeGreaterThan(60);
  });
});

const FILES = {
  'mappings/x/one.yaml':
    'mapping: one\ndescription: made for a test\nexamples: [examples/a.json]\nfields:\n  id: { path: id, required: true }\n  zone: { path: timeZone }\n  late: { path: late, when: { path: late, present: true } }\n',
  'mappings/x/examples/a.json': '{"input": {"id": "1"}, "output": {"id": "2"}}',
  'mappings/y/two.yaml': 'mapping: two\ndescription: d\nexamples: []\nfields:\n  a: { pth: x }\n',
  'mappings/z/slow.yaml':
    'mapping: slow\ndescription: d\nexamples: []\nfields:\n  a: { each: a, fields: { b: { each: $root.a, fields: { c: { each: $root.a, fields: { d: { const: 1 } } } } } } }\n',
  'message.json': '{"id": "1", "name": "Secret"}',
  'torn.json': '{"id": "1",\n "name": Secret}',
};

let directory = '';
const run = (args: readonly string[], input = ''): Promise<Ended> =>
  tessera(['map', ...args], { cwd: directory, input });
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tessera-map-'));
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('findings end with exit code 1, and name file, line and column as an editor wants them', async () => {
  const { code, out } = await run(['lint', 'mappings/y/two.yaml']);
  expect(code).toBe(1);
  expect(out).toMatch(/^mappings\/y\/two\.yaml:5:6 invalid: a rule has one of path, /m);
  const { out: json } = await run(['lint', 'y', '--json']);
  expect(JSON.parse(json).findings).toContainEqual(
    expect.objectContaining({ file: 'mappings/y/two.yaml', line: 5, column: 6, code: 'invalid' }),
  );
});

test('what cannot be carried out ends with exit code 2, and says what to do', async () => {
  for (const [args, said] of [
    [['lint', 'nobody'], 'there is no mapping "nobody": name a file, or <adapter>/<mapping> of mappings (x, y, z)'],
    [['coverage', '--threshold', '101'], 'expected a whole number from 0 to 100'],
    [['try', 'x/one', '--in', 'missing.json'], 'missing.json cannot be read'],
    [['try', 'x/one', '--in', 'torn.json'], 'torn.json:2:10 is not JSON from here on'],
    [
      ['try', 'x/one', '--in', 'message.json', '--connection-zone', 'Europe/Berln'],
      'expected the name of an IANA zone',
    ],
    [['try', 'y/two', '--in', 'message.json'], 'mappings/y/two.yaml:5:6 a rule has one of'],
    [['diff', 'x/one', 'x/one', '--recorded', 'nowhere'], 'nowhere does not exist'],
    [['lint', '--what'], "unknown option '--what'"],
    [['polish'], "unknown command 'polish'"],
  ] as const) {
    const { code, err } = await run(args);
    expect({ args, code, err }).toEqual({ args, code: 2, err: expect.stringContaining(said) });
  }
});

test('every command explains itself', async () => {
  for (const name of ['lint', 'test', 'try', 'coverage', 'diff']) {
    const { code, out } = await run([name, '--help']);
    expect({ name, code, out }).toEqual({ name, code: 0, out: expect.stringContaining('--json') });
  }
});

test('a message from standard input is mapped and explained; a value of it is in the output or nowhere', async () => {
  const { code, out } = await run(
    ['try', 'x/one', '--explain', '--connection-zone', 'Asia/Tokyo'],
    FILES['message.json'],
  );
  expect(code).toBe(0);
  expect(out).toMatch(/^\/id +path +mappings\/x\/one\.yaml:5:7 +\/id$/m);
  expect(out).toMatch(/^\/zone +path +mappings\/x\/one\.yaml:6:9 +\/timeZone$/m);
  expect(out).toMatch(/never read:\n {2}\/name\n/);
  expect(out).not.toContain('Secret');
  const refused = await run(['try', 'x/one', '--json'], '{"id": {"family": "Secret"}}');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.out).error).toMatchObject({ field: 'id', line: 5, found: 'object' });
  expect(refused.out).not.toContain('Secret');
});

test('a mapping that would never end is stopped', async () => {
  const input = JSON.stringify({ a: Array.from({ length: 3_000 }, () => ({})) });
  const { code, out } = await run(['try', 'z/slow'], input);
  expect({ code, out }).toEqual({ code: 1, out: expect.stringMatching(/was stopped|within \d+ items/) });
});

test('examples that are old are told, and written anew when asked to', async () => {
  const before = await run(['test', 'x']);
  expect(before).toMatchObject({
    code: 1,
    out: expect.stringContaining('FAILED x/one examples/a.json\n  /id is "1", expected "2"'),
  });
  const after = await run(['test', 'x', '--update']);
  expect(after).toMatchObject({ code: 0, out: expect.stringContaining('updated mappings/x/examples/a.json\n1 of 1') });
  expect(readFileSync(join(directory, 'mappings/x/examples/a.json'), 'utf8')).toBe(
    '{\n  "input": {\n    "id": "1"\n  },\n  "output": {\n    "id": "1"\n  }\n}\n',
  );
});

test('coverage below the threshold ends with exit code 1, and names what is missing', async () => {
  const { code, out } = await run(['coverage', 'x', '--threshold', '90', '--all']);
  expect(code).toBe(1);
  expect(out).toContain('mappings/x/one.yaml:7:9 field "late" is set by no example');
  expect(out).toContain('field "late": no example takes the branch "holds" of "when"');
  expect(out).toContain('below 90 % of the target fields: x/one');
  expect(await run(['coverage', 'x', '--threshold', '30'])).toMatchObject({ code: 0 });
});
