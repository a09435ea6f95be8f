import { expect, test } from '@jest/globals';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of the Dockerfile, continued lines joined. */
async function instructions(): Promise<readonly Instruction[]> {
  const text = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
  return text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ name: line.split(' ', 1)[0] ?? '', text: line.trim().replace(/^\S+\s+/, '') }));
}

const named = (all: readonly Instruction[], name: string): readonly string[] =>
  all.filter((each) => each.name === name).map((each) => each.text);

/** What the last stage consists of. */
const lastStage = (all: readonly Instruction[]): readonly Instruction[] =>
  all.slice(all.findLastIndex(({ name }) => name === 'FROM'));

test('the image runs as a user that is not root', async () => {
  const stage = lastStage(await instructions());
  expect(named(stage, 'USER')).toEqual(['node']);
  const after = stage.slice(stage.findIndex(({ name }) => name === 'USER') + 1).map(({ name }) => name);
  expect(after).not.toContain('RUN');
  expect(after).not.toContain('COPY');
});

test('the image starts the same program as npm start', async () => {
  const stage = lastStage(await instructions());
  expect(named(stage, 'CMD').at(-1)).toBe('["node", "--max-semi-space-size=16", "bin/tessera.cjs", "start"]');
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  // The image has the console built already.
  expect(scripts['start']).toBe(
    'node scripts/build-web.mjs && exec env MALLOC_ARENA_MAX=1 node --max-semi-space-size=16 bin/tessera.cjs start',
  );
  expect(named(stage, 'ENV').join(' ')).toContain('MALLOC_ARENA_MAX=1');
  expect(named(stage, 'COPY')).toContain('--from=console /app/web/dist ./web/dist');
  expect((await stat(join(ROOT, 'bin/tessera.cjs'))).mode & 0o111).toBe(0o111);
});

test('the image has the locked production dependencies only, from a pinned base', async () => {
  const all = await instructions();
  expect(named(all, 'RUN')).toContain('npm ci --omit=dev --omit=optional');
  for (const base of named(all, 'FROM')) expect(base).toMatch(/^node:24-bookworm-slim\b/);
});

test('the image says what is in it (CycloneDX)', async () => {
  const all = await instructions();
  expect(named(all, 'RUN').join('\n')).toContain('npm sbom --sbom-format cyclonedx');
  expect(named(lastStage(all), 'COPY')).toContain('--from=dependencies /app/sbom.cdx.json ./');
});

test('the image says whether it lives, by a probe that needs no token', async () => {
  expect(named(await instructions(), 'HEALTHCHECK').join()).toContain('/livez');
});

test('no secret is set or copied into the image', async () => {
  const all = await instructions();
  expect(named(all, 'ARG')).toEqual([]);
  for (const setting of named(all, 'ENV')) expect(setting).not.toMatch(/secret|password|token|key|database_url/i);
  expect(named(all, 'ADD')).toEqual([]);
  // Named folders only: `COPY . .` would take along whatever lies around.
  for (const copied of named(all, 'COPY')) expect(copied).not.toMatch(/(^|\s)\.\s/);

  const ignored = (await readFile(join(ROOT, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(ignored[0]).toBe('*');
  const sources = named(all, 'COPY')
    .filter((copied) => !copied.startsWith('--from'))
    .flatMap((copied) => copied.split(/\s+/).slice(0, -1));
  expect(sources.filter((source) => !ignored.includes(`!${source}`))).toEqual([]);
});

test('what the image copies exists', async () => {
  const sources = named(await instructions(), 'COPY')
    .filter((copied) => !copied.startsWith('--from'))
    .flatMap((copied) => copied.split(/\s+/).slice(0, -1))
    .filter((source) => !source.includes('*'));
  expect(sources.length).toBeGreaterThan(5);
  for (const source of sources) await expect(stat(join(ROOT, source))).resolves.toBeDefined();
});
