import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asMarkdown, failuresIn, runConformance, type AdapterReport } from '../../src/conformance/index.ts';
import { ADAPTER_NAMES, conformanceSubjects, type Subjects } from '../support/conformance-subjects.ts';

const PAGE = join(import.meta.dirname, '../../docs/conformance.md');
const PATIENCE_MS = 180_000;

let subjects: Subjects;
const reports = new Map<string, readonly AdapterReport[]>();

beforeAll(async () => {
  subjects = await conformanceSubjects();
});
afterAll(() => subjects.close());

test.each(ADAPTER_NAMES)(
  '%s keeps the contract in everything that its manifest claims',
  async (name) => {
    const own: AdapterReport[] = [];
    for (const subject of await subjects.load(name)) own.push(await runConformance(subject));
    reports.set(name, own);
    expect(own.flatMap(failuresIn).map(({ id, detail }) => `${id}: ${detail ?? ''}`)).toEqual([]);
    expect(own[0]?.behaviours.some(({ verdict }) => verdict === 'passed')).toBe(true);
  },
  PATIENCE_MS,
);

test('docs/conformance.md says what the suite says; npm run conformance writes it anew', async () => {
  const all = ADAPTER_NAMES.flatMap((name) => reports.get(name) ?? []);
  expect(await readFile(PAGE, 'utf8')).toBe(asMarkdown(all));
});

test('no gap in the table is without its reason', () => {
  const gaps = [...reports.values()]
    .flat()
    .flatMap(({ id, behaviours }) =>
      behaviours
        .filter(({ verdict, detail }) => verdict === 'not-applicable' && !detail)
        .map((each) => `${id} ${each.id}`),
    );
  expect(gaps).toEqual([]);
});
