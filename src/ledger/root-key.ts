/** The keys that everything sealed hangs on: from the environment, or a file of the data directory made at the first start. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Roots } from './key-wrapper.ts';

const KEY_BYTES = 32;

/**
 * `given`: base64 of 32 bytes (TESSERA_ROOT_KEY). Without it, `<dataDir>/root.key` (mode 0600). Losing it loses all that was sealed.
 * While a new root key takes over there are several: the new one first, the others behind a comma, or on lines of their own.
 */
export async function readRootKeys(dataDir: string, given: string | undefined): Promise<Roots> {
  if (given !== undefined) return decode(given, 'TESSERA_ROOT_KEY');
  const file = join(dataDir, 'root.key');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return decode(kept, file);
  const draft = `${file}.${process.pid}`;
  await mkdir(dataDir, { recursive: true });
  await writeFile(draft, randomBytes(KEY_BYTES).toString('base64'), { mode: 0o600 });
  try {
    // Atomic, and refuses to overwrite: of several processes that start at once, one makes the key.
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft);
  }
  return decode(await readFile(file, 'utf8'), file);
}

/** The same, where there must be one: none is made. Throws when there is none. */
export async function readKeptRootKeys(dataDir: string, given: string | undefined): Promise<Roots> {
  if (given !== undefined) return decode(given, 'TESSERA_ROOT_KEY');
  const file = join(dataDir, 'root.key');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`${file} cannot be read: set TESSERA_DATA_DIR to the hub's data directory, or TESSERA_ROOT_KEY`, {
      cause,
    });
  });
  return decode(text, file);
}

function decode(text: string, where: string): Roots {
  const [first, ...others] = text
    .trim()
    .split(/[\s,]+/)
    .map((each) => Buffer.from(each, 'base64'));
  for (const key of [first, ...others]) {
    if (key?.length !== KEY_BYTES) {
      throw new Error(`${where} must be ${KEY_BYTES} bytes in base64; it has ${key?.length ?? 0}`);
    }
  }
  return [first ?? Buffer.of(), ...others];
}
