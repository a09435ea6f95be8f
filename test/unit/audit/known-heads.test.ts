import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { SignedHead } from '../../../src/audit/chain.ts';
import { headsFile, headsIn, KnownHeads, readHeads } from '../../../src/audit/known-heads.ts';
import type { Log } from '../../../src/domain/index.ts';

let directory: string;
let logged: unknown[];
const log: Log = {
  debug: () => {},
  info: (fields, message) => void logged.push({ ...fields, message }),
  warn: () => {},
  error: () => {},
};

beforeEach(async () => {
  logged = [];
  directory = await mkdtemp(join(tmpdir(), 'tessera-heads-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const head = (organizationId: string, sequence: number): SignedHead => ({
  organizationId,
  sequence,
  previousSequence: 0,
  hash: String(sequence).padStart(64, '0'),
  signedAt: '2027-01-01T00:00:00.000Z',
  kid: 'k',
  signature: '',
});
const known = ({ organizationId, sequence, hash }: SignedHead) => ({ organizationId, sequence, hash });

test('the newest head of each organization is in the file, also after a start', async () => {
  const first = await KnownHeads.open(directory, log);
  await first.keep([head('a', 1), head('b', 1)]);
  await first.keep([head('a', 2)]);
  const second = await KnownHeads.open(directory, log);
  await second.keep([head('c', 1)]);
  expect(await readHeads(headsFile(directory))).toEqual([head('a', 2), head('b', 1), head('c', 1)].map(known));
});

test('of two workers on one data directory neither takes back what the other has kept', async () => {
  const [one, other] = [await KnownHeads.open(directory, log), await KnownHeads.open(directory, log)];
  await one.keep([head('a', 5)]);
  await other.keep([head('b', 3)]);
  await one.keep([head('c', 1)]);
  await other.keep([head('a', 4)]);
  const kept = new Map((await readHeads(headsFile(directory))).map((each) => [each.organizationId, each.sequence]));
  expect(kept).toEqual(new Map(Object.entries({ a: 5, b: 3, c: 1 })));
});

test('of an organization one head is logged within a minute, and the newest before the end', async () => {
  const heads = await KnownHeads.open(directory, log);
  for (const sequence of [1, 2, 3]) await heads.keep([head('a', sequence)]);
  await heads.keep([]);
  const line = (sequence: number) => ({ ...known(head('a', sequence)), kid: 'k', message: 'audit.head' });
  expect(logged).toEqual([line(1)]);
  heads.close();
  expect(logged).toEqual([line(1), line(3)]);
});

test('heads are found among the lines of a log, whatever else is there', async () => {
  expect(await readHeads(join(directory, 'none'))).toEqual([]);
  await (await KnownHeads.open(directory, log)).keep([head('a', 7)]);
  const text = `not json\n{"message":"ready"}\nnull\n${await readFile(headsFile(directory), 'utf8')}\n`;
  expect(headsIn(text)).toEqual([known(head('a', 7))]);
});
