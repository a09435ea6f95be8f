/** README's tour, taken as it is written: a README that is not true is worse than none. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestHub, type TestHub } from '../support/hub.ts';

/** Nobody needs these to run the tests; whoever takes the tour has them. */
const missing = ['bash', 'curl', 'awk'].filter((tool) => spawnSync(tool, ['--version']).error);
if (missing.length > 0) process.emitWarning(`skipped: README's tour, for want of ${missing.join(' and ')}`);
const taken = missing.length === 0 ? test : test.skip;

let hub: TestHub;
let directory: string;
beforeAll(async () => {
  hub = await startTestHub();
  directory = await mkdtemp(join(tmpdir(), 'tessera-tour-'));
  await symlink(hub.dataDir, join(directory, '.tessera'));
}, 60_000);
afterAll(async () => {
  await hub.stop();
  await rm(directory, { recursive: true, force: true });
});

taken(
  'the tour of README books, moves and cancels on all five connections, and survives a lost answer',
  async () => {
    const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
    // The first one starts the hub, which is running.
    const [, ...steps] = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
    expect(steps).toHaveLength(3);
    await writeFile(join(directory, 'tour.sh'), `set -euo pipefail\n${steps.join('\n')}`);
    const { stdout } = await promisify(execFile)('bash', ['tour.sh'], { cwd: directory, env: process.env });
    expect(stdout.match(/^cancelled$/gm)).toHaveLength(5);
    expect(stdout).toContain('HTTP/1.1 201 Created');
    /** What became at the HIS of what the tour did; the hospital has appointments of its own. */
    const held = async (key: string): Promise<string[]> => {
      const { appointments } = await hub.control<{ appointments: { status: string; transactionId: string | null }[] }>(
        key,
        'GET',
        '/effects',
      );
      return appointments.flatMap(({ status, transactionId }) => (transactionId === null ? [] : [status]));
    };
    // Where nothing can be moved, the new one was booked and the old one cancelled.
    for (const key of ['cerner', 'xml-his', 'hl7v2']) expect(new Set(await held(key))).toEqual(new Set(['cancelled']));
    // The first booking, and the one whose answer was lost, stand.
    expect((await held('epic')).filter((status) => status === 'booked')).toHaveLength(2);
  },
  120_000,
);
