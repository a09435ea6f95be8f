/**
 * Builds the console (web/) into web/dist, unless what is there was built from the very same sources. Part of `npm start` and
 * `npm test` themselves: lifecycle scripts do not run here (.npmrc), and must not be needed.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const ROOT = join(import.meta.dirname, '..');
const WEB = join(ROOT, 'web');
const DIST = join(WEB, 'dist');
const STAMP = 'built-from';
/** Of what is smaller, packing saves nothing. */
const WORTH_PACKING_BYTES = 1_000;

const sources = await hashOf([
  ...(await treeOf(WEB)).filter((file) => !file.startsWith(DIST)),
  join(ROOT, 'package-lock.json'),
  import.meta.filename,
]);
if ((await readFile(join(DIST, STAMP), 'utf8').catch(() => '')) !== sources) await build();

async function build() {
  const vite = await import('vite').catch(() => undefined);
  if (!vite) {
    // An installation without devDependencies brings its web/dist along, or does without a console.
    process.stderr.write(
      existsSync(DIST)
        ? 'The console in web/dist is not of these sources, and cannot be built without devDependencies.\n'
        : 'The console cannot be built without devDependencies; the hub runs without it.\n',
    );
    return;
  }
  process.stderr.write('Building the console (once for each change of its sources) …\n');
  // Made beside the old one, and put in its place whole: somebody may be serving it, or building it, too.
  const made = await mkdtemp(join(WEB, 'dist-'));
  const replaced = `${made}-replaced`;
  try {
    await vite.build({ root: WEB, configFile: join(WEB, 'vite.config.ts'), logLevel: 'warn', build: { outDir: made } });
    await pack(made);
    await writeFile(join(made, STAMP), sources);
    await chmod(made, 0o755);
    await rename(DIST, replaced).catch(() => undefined);
    await rename(made, DIST);
  } finally {
    for (const directory of [made, replaced]) await rm(directory, { recursive: true, force: true });
  }
}

async function pack(directory) {
  const files = (await treeOf(directory)).filter((file) => /[.](js|css|svg)$/.test(file));
  for (const file of files) {
    const content = await readFile(file);
    if (content.length < WORTH_PACKING_BYTES) continue;
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } };
    await writeFile(`${file}.br`, await promisify(brotliCompress)(content, quality));
    await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
  }
}

async function treeOf(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.toSorted();
}

async function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = await readFile(file);
    hash.update(`${relative(ROOT, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
