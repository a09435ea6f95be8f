import { constants } from 'node:os';
import { whenLauncherGone } from './launcher.ts';

/** What a shell makes of a process that a signal ended. */
const exitCodeOf = (signal: keyof typeof constants.signals): number => 128 + constants.signals[signal];

/**
 * Aborted by the first SIGINT, SIGTERM or SIGHUP; the reason is the exit code of a program that had nothing to stop yet.
 * A second signal ends the process at once. A launcher that is killed counts as a SIGTERM, but never as the second signal: the same
 * Ctrl-C may have ended it.
 */
export function stopSignal(): AbortSignal {
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked.signal.aborted) process.exit(exitCodeOf(signal));
      asked.abort(exitCodeOf(signal));
    });
  }
  whenLauncherGone(() => asked.abort(exitCodeOf('SIGTERM')));
  return asked.signal;
}

/** Waits until the program is asked to stop (exit code 0) or has failed (1), then stops in good order. */
export async function untilSignal(
  stop: () => Promise<void>,
  asked: AbortSignal = stopSignal(),
  failed: Promise<void> = new Promise(() => {}),
): Promise<void> {
  const over = Promise.withResolvers<number>();
  asked.addEventListener('abort', () => over.resolve(0));
  void failed.then(() => over.resolve(1));
  const exitCode = await over.promise;
  await stop();
  process.exit(exitCode);
}
