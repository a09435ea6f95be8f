/** Waits for SIGINT, SIGTERM or SIGHUP, then stops in good order; a second signal stops at once. */
export async function untilSignal(stop: () => Promise<void>): Promise<void> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(130);
      resolve();
    });
  }
  await asked;
  await stop();
  process.exit(0);
}
