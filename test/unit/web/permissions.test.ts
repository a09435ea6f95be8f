import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readOperations } from '../../../src/api/operations.ts';
import { loadContracts } from '../../../src/contracts.ts';

const WEB = 'web/src';
const PEOPLE = ['support', 'engineer', 'admin'] as const;
const operations = readOperations(loadContracts('contracts').openapi).filter(({ access }) => access);

const texts = new Map(
  readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && path !== 'api/contract.ts')
    .map((path) => [join(WEB, path), readFileSync(join(WEB, path), 'utf8')]),
);
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found);

const importers = new Map<string, string[]>();
for (const [path, text] of texts)
  for (const other of all(text, /from '(\.[^']+)'/g)) {
    const imported = join(dirname(path), other);
    importers.set(imported, [...(importers.get(imported) ?? []), path]);
  }

/** The permissions that are asked about in a file, or wherever it is used. */
function guardsOf(path: string, seen = new Set<string>()): string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  return [
    ...all(texts.get(path) ?? '', /useMay\('(\w+)'\)/g),
    ...(importers.get(path) ?? []).flatMap((each) => guardsOf(each, seen)),
  ];
}

/** By role, how far an operation reaches; a text that is the same for two whom the same people may do. */
const reachOf = (operationId: string): string => {
  const may = operations.find((each) => each.operationId === operationId)?.access?.may;
  return JSON.stringify(PEOPLE.map((role) => may?.get(role) ?? null));
};

const changes = [...texts].flatMap(([path, text]) =>
  [...text.matchAll(/api\.(POST|PUT|PATCH|DELETE)\(\s*'([^']+)'/g)].flatMap(([, method = '', route]) => {
    const asked = operations.find((each) => each.path === route && each.method === method.toLowerCase());
    // Entering the sandbox needs no token, so no permission.
    return asked ? [{ path, operationId: asked.operationId }] : [];
  }),
);

test('what the console can ask the hub to change is offered to those only who may: by the table that the hub refuses by', () => {
  expect(changes.length).toBeGreaterThan(25);
  const unguarded = changes.filter(
    ({ path, operationId }) => !guardsOf(path).some((guard) => reachOf(guard) === reachOf(operationId)),
  );
  expect(unguarded).toEqual([]);
});
