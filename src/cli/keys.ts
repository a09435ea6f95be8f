/** The keys of the hub, renewed by hand. */
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { callApi, findAccess, type ApiAccess } from './hub-api.ts';
import { ProgressBar } from './progress-bar.ts';
import { addRootKey, forgetOldRootKeys } from './root-key-file.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('the keys of the hub');
  addAccess(
    keys
      .command('rotate-signing')
      .description(
        'a new key that signs tokens: published now, it signs in a quarter of an hour, and nobody notices. The hub does so by itself every 90 days (a token of an admin of the organization that runs the hub)',
      )
      .option('--at-once', 'a key has leaked: the new one signs now, and every token issued so far becomes invalid'),
  ).action(async (options: HubOptions & { readonly atOnce?: boolean }) => {
    const access = await findAccess(options, 'admin');
    const atOnce = options.atOnce ?? false;
    const { kid } = await callApi<{ readonly kid: string }>(access, 'POST', '/v1/signing-keys', { atOnce });
    print(options.json ? JSON.stringify({ kid }) : `the new signing key is ${kid}`);
  });
  addAccess(
    keys
      .command('rotate')
      .description(
        'a new key of the organization: every patient’s key is wrapped by it, while the hub works. Stopped, it goes on with --resume (a token of an admin)',
      )
      .option('--resume', 'go on with a rotation that was begun, and make no new key'),
  ).action(async (options: HubOptions & { readonly resume?: boolean }) => {
    const access = await findAccess(options, 'admin');
    const total = await rotated(access, 'patients', !options.resume);
    print(options.json ? JSON.stringify({ patients: total }) : `${total} patients' keys are wrapped by the new key`);
  });
  addAccess(
    keys
      .command('rotate-root')
      .description(
        'a new root key: every key that the old one wraps is wrapped by it, while the hub works. Run it where the data directory is (TESSERA_DATA_DIR); with TESSERA_ROOT_KEY, first start every process with "new,old" in it. Stopped, run it again (a token of an admin of the organization that runs the hub)',
      )
      .option('--new-key-file <file>', 'the new key, base64 of 32 bytes; without it a random one is made')
      .option('--forget-old', 'take the old keys out of the file root.key; backups from before still need it'),
  ).action(rotateRoot);
}

type RootOptions = HubOptions & { readonly newKeyFile?: string; readonly forgetOld?: boolean };

async function rotateRoot(options: RootOptions): Promise<void> {
  const access = await findAccess(options, 'admin');
  const { dataDir, rootKey } = readConfig(process.env);
  // Of the environment nobody but who starts the processes is master.
  const isFile = rootKey === undefined;
  if (isFile) await addRootKey(dataDir, options.newKeyFile, await isRootRotationBegun(access));
  const total = await rotated(access, 'root', false);
  if (isFile && options.forgetOld) await forgetOldRootKeys(dataDir);
  const after = isFile
    ? options.forgetOld
      ? 'root.key holds the new one only'
      : 'root.key holds it first, and the old one behind it, until --forget-old'
    : 'take the old one out of TESSERA_ROOT_KEY at the next start';
  print(options.json ? JSON.stringify({ keys: total }) : `${total} keys are wrapped by the new root key; ${after}`);
}

/** Some key is still wrapped by an older one. How many keys the file holds does not tell: old ones stay in it until they are forgotten. */
async function isRootRotationBegun(access: ApiAccess): Promise<boolean> {
  const { done, total } = await callApi<Progress>(access, 'POST', '/v1/key-rotations', { of: 'root', dryRun: true });
  return done < total;
}

interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Asks for step after step; how many keys there were. */
async function rotated(access: ApiAccess, of: 'root' | 'patients', begin: boolean): Promise<number> {
  const bar = new ProgressBar(process.stderr);
  for (let first = begin; ; first = false) {
    const { done, total } = await callApi<Progress>(access, 'POST', '/v1/key-rotations', { of, begin: first });
    bar.show(done, total, 'keys');
    if (done < total) continue;
    bar.end();
    return total;
  }
}
