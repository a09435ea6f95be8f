/** docs/add-a-vendor.md, followed: a small fifth vendor, in a directory of its own outside this repository. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const PROGRAM = join(import.meta.dirname, '../../bin/tessera.cjs');
const PATIENCE_MS = 90_000;

let workspace: string;

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'fifth-vendor-'));
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function tessera(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...words], { cwd: workspace, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? 'killed'), stdout, stderr }),
    );
  });
}

interface Report {
  readonly id: string;
  readonly behaviours: readonly { readonly id: string; readonly verdict: string; readonly detail?: string }[];
  readonly answers: readonly { readonly id: string; readonly verdict: string; readonly detail?: string }[];
}

async function check(): Promise<{
  readonly code: Ended['code'];
  readonly broken: readonly string[];
  readonly report: Report;
}> {
  const { code, stdout, stderr } = await tessera('adapter', 'check', 'adapters/lakeside', '--json');
  if (stdout === '') throw new Error(stderr);
  const report = JSON.parse(stdout) as Report;
  const broken = [...report.behaviours, ...report.answers].filter(({ verdict }) => verdict === 'failed');
  return { code, broken: broken.map(({ id, detail }) => `${id}: ${detail ?? ''}`), report };
}

/** Each pair must be there: a how-to that no longer fits the template fails here. */
async function edit(file: string, ...pairs: readonly (readonly [from: string, to: string])[]): Promise<void> {
  const path = join(workspace, file);
  let text = await readFile(path, 'utf8');
  for (const [from, to] of pairs) {
    if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
    text = text.replaceAll(from, to);
  }
  await writeFile(path, text);
}

test(
  'the copied template keeps the contract from the first minute, outside the repository, too',
  async () => {
    expect(await tessera('adapter', 'new', 'lakeside')).toMatchObject({ code: 0 });
    const { code, broken, report } = await check();
    expect(broken).toEqual([]);
    expect(code).toBe(0);
    expect(report.id).toBe('lakeside');
    expect(report.behaviours.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThan(60);
  },
  PATIENCE_MS,
);

test('a name that is in use, or cannot be a folder, is refused', async () => {
  expect(await tessera('adapter', 'new', 'lakeside')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('exists already'),
  });
  expect(await tessera('adapter', 'new', '../escape')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('kebab-case'),
  });
});

test(
  'the simulator speaks the vendor’s words first: the suite then lists what the adapter does not understand yet',
  async () => {
    await edit(
      'adapters/lakeside/simulator.ts',
      // It names doctors and sites otherwise, and has a code list of its own.
      ['practitioner: providerId', 'doctor: providerId'],
      ['clinic: locationId', 'site: { code: locationId }'],
      ["? 'video' : 'visit'", "? 'TELE' : 'OV'"],
      // It says "taken" by a number.
      ["code: 'SLOT-TAKEN'", "code: 'E-042'"],
      // Its key is a bearer token.
      ["request.headers['x-api-key'] === KEY", 'request.headers.authorization === `Bearer ${KEY}`'],
    );
    const { code, broken } = await check();
    expect(code).toBe(1);
    expect(broken.length).toBeGreaterThan(20);
  },
  PATIENCE_MS,
);

test(
  'mappings, table and settings follow, and the suite is green again',
  async () => {
    await edit('adapters/lakeside/client.ts', [
      "'x-api-key': this.#settings.apiKey",
      'authorization: `Bearer ${this.#settings.apiKey}`',
    ]);
    await edit(
      'mappings/lakeside/slot.yaml',
      ['path: practitioner', 'path: doctor'],
      ['path: clinic', 'path: site.code'],
    );
    await edit(
      'mappings/lakeside/examples/slot.json',
      ['"practitioner": "D1"', '"doctor": "D1"'],
      ['"clinic": "C1"', '"site": { "code": "C1" }'],
      ['"kind": "video"', '"kind": "TELE"'],
    );
    await edit('mappings/lakeside/codes/kinds.csv', ['visit,', 'OV,'], ['video,', 'TELE,']);
    await edit('adapters/lakeside/classify.ts', ["'SLOT-TAKEN'", "'E-042'"]);
    await edit('adapters/lakeside/conformance.ts', ["'SLOT-TAKEN'", "'E-042'"], ['409 SLOT-TAKEN', '409 E-042']);
    // This vendor cannot move an appointment: the hub books the new slot, then cancels the old one.
    await edit(
      'adapters/lakeside/index.ts',
      ["      'Reschedules',\n", ''],
      ['      reschedule: (call, request) => reschedule(client, call, request),\n', ''],
      ['lookUp, reschedule }', 'lookUp }'],
    );
    const { code, broken, report } = await check();
    expect(broken).toEqual([]);
    expect(code).toBe(0);
    expect(report.behaviours.find(({ id }) => id === 'reschedules')).toMatchObject({
      verdict: 'not-applicable',
      detail: 'does not declare Reschedules',
    });
    expect(report.answers.map(({ id }) => id)).toContain('409 E-042');
  },
  PATIENCE_MS,
);
