/**
 * Whoever started this program only in order to run it (bin/tessera.cjs under an older Node, or npx) may be killed, and then
 * nobody is left to stop it. A shell is no such launcher: a hub that was put into the background outlives it.
 */
const LOOK_MS = 500;
/** Read when the program is loaded: later it may be another one already. */
const PARENT = process.ppid;

/** Calls back, at most once, when there is a launcher and it has gone. Keeps no process alive. */
export function whenLauncherGone(gone: () => void, env: NodeJS.ProcessEnv = process.env): void {
  // bin/tessera.cjs says so, and holds the other end of a channel that ends with it.
  if (env['LAUNCHED_BY_TESSERA'] !== undefined && process.connected !== undefined) {
    if (!process.connected) return gone();
    process.once('disconnect', gone);
    process.channel?.unref();
    return;
  }
  if (!isUnderNpx(env)) return;
  // npx ends its shell on a signal, and the shell passes nothing on; then somebody else is the parent.
  const timer = setInterval(() => {
    if (process.ppid === PARENT) return;
    clearInterval(timer);
    gone();
  }, LOOK_MS).unref();
}

/** npx runs this very program; not: some other program that npx runs has started it. */
function isUnderNpx(env: NodeJS.ProcessEnv): boolean {
  const script = env['npm_lifecycle_script'] ?? '';
  return env['npm_lifecycle_event'] === 'npx' && /^['"]?tessera\b/.test(script);
}
