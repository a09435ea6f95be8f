/** The file root.key of a data directory: the key that wraps first, those that only unwrap on the lines below. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const KEY_BYTES = 32;

/**
 * Puts a new key before those that are there. `isBegun`: a rotation was stopped before its end, and goes on: a random one is not added,
 * nor one that comes first already.
 */
export async function addRootKey(dataDir: string, newKeyFile: string | undefined, isBegun: boolean): Promise<void> {
  const { file, keys } = await readKeys(dataDir);
  const given = newKeyFile === undefined ? undefined : (await readFile(newKeyFile, 'utf8')).trim();
  if (given !== undefined && Buffer.from(given, 'base64').length !== KEY_BYTES) {
    throw new Error(`${String(newKeyFile)} must be ${KEY_BYTES} bytes in base64: openssl rand -base64 ${KEY_BYTES}`);
  }
  if (given === undefined ? isBegun : keys[0] === given) return;
  await replace(file, [given ?? randomBytes(KEY_BYTES).toString('base64'), ...keys.filter((each) => each !== given)]);
}

export async function forgetOldRootKeys(dataDir: string): Promise<void> {
  const { file, keys } = await readKeys(dataDir);
  await replace(file, keys.slice(0, 1));
}

async function readKeys(dataDir: string): Promise<{ readonly file: string; readonly keys: readonly string[] }> {
  const file = join(dataDir, 'root.key');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(
      `${file} cannot be read: set TESSERA_DATA_DIR to the hub's data directory, or TESSERA_ROOT_KEY if its key comes from there`,
      { cause },
    );
  });
  return { file, keys: text.trim().split(/\s+/) };
}

/** Whole or not at all: a hub may read it at any moment. */
async function replace(file: string, keys: readonly string[]): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${keys.join('\n')}\n`, { mode: 0o600 });
  await rename(draft, file);
}
