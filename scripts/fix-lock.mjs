/**
 * Completes package-lock.json: entries for the optional packages of other platforms.
 *
 *   node scripts/fix-lock.mjs [--check] [file]
 *
 * npm leaves an optional package out of the lock file when the registry at hand does not have it, and every later `npm ci`,
 * everywhere, then fails with "Missing: … from lock file". An entry with name, version and platform is enough for npm to know
 * that the package is not for this machine. Run after every change of a dependency (`npm run lock`).
 * With --check nothing is written, and the exit code is 1 when an entry would be added.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OS_BY_WORD = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win: 'win32',
  win32: 'win32',
  windows: 'win32',
};
const CPUS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/** npm looks for a package in its dependent's node_modules, then in those of the folders above. */
function isLocked(packages, dependent, name) {
  for (let folder = dependent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder}${folder && '/'}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

/** What a package's name says about the platform that it is for. */
function platformOf(name) {
  const words = name.toLowerCase().split(/[^a-z0-9]+/);
  const os = words.map((word) => OS_BY_WORD[word]).find(Boolean);
  const cpu = words.find((word) => CPUS.includes(word));
  const libc = os === 'linux' ? words.map((word) => /^(?:musl|gnu)/.exec(word)?.[0]).find(Boolean) : undefined;
  return { os, cpu, libc: libc === 'gnu' ? 'glibc' : libc };
}

/** The entry to add for one optional dependency; throws when its name and range do not say enough. */
function entryFor(dependent, name, range) {
  const { os, cpu, libc } = platformOf(name);
  const version = /\d+\.\d+\.\d+[^\s|]*/.exec(range)?.[0];
  if (version === undefined || (os === undefined && cpu === undefined)) {
    throw new Error(
      `${name}@${range}: expected a version and a platform in the name, e.g. some-linux-x64@1.2.3. ` +
        'Install it where the registry has it, and commit that package-lock.json.',
    );
  }
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    ...(dependent.dev && { dev: true }),
    ...(dependent.devOptional && { devOptional: true }),
    ...(libc && { libc: [libc] }),
    optional: true,
    ...(os && { os: [os] }),
  };
}

function missingEntries(packages) {
  const missing = {};
  for (const [path, each] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(each.optionalDependencies ?? {})) {
      if (!isLocked(packages, path, name)) missing[`node_modules/${name}`] = entryFor(each, name, range);
    }
  }
  return missing;
}

const check = process.argv.includes('--check');
const file = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingEntries(lock.packages);
const count = Object.keys(missing).length;

if (check) {
  for (const path of Object.keys(missing)) console.log(`missing: ${path}`);
  if (count > 0) process.exitCode = 1;
} else if (count > 0) {
  const entries = Object.entries({ ...lock.packages, ...missing });
  // npm's own order, so that npm does not shuffle the file again.
  lock.packages = Object.fromEntries(entries.toSorted(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(`${file}: ${count} entries ${check ? 'to add' : 'added'}`);
