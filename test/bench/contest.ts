/** Programs that do the same thing, one after the other, in one thread. */

export interface Contestant {
  /** Name of its figure. */
  readonly name: string;
  /** Of one round; a fraction of a second. */
  readonly times: number;
  run(): unknown;
}

/** Runs of each in a second of the processor's: while others have it, none is waited for. What slows it in a round slows all of them. */
export async function ratesOf<Name extends string>(
  contestants: readonly (Contestant & { readonly name: Name })[],
  scale: number,
): Promise<Record<Name, number>> {
  const rates: Partial<Record<Name, number>> = {};
  for (const { name, times, run } of contestants) {
    const count = Math.max(10, Math.round(times * scale));
    const before = process.cpuUsage();
    for (let nth = 0; nth < count; nth += 1) {
      const made = run();
      if (made instanceof Promise) await made;
    }
    const { user, system } = process.cpuUsage(before);
    rates[name] = (count / Math.max(1, user + system)) * 1_000_000;
  }
  return rates as Record<Name, number>;
}

/** Throws when one of them makes something else than the first: it would be measured at something else. */
export async function holdEqual(contestants: readonly Contestant[]): Promise<void> {
  let wanted: string | undefined;
  for (const { name, run } of contestants) {
    const made = JSON.stringify(await run());
    wanted ??= made;
    if (made !== wanted) throw new Error(`${name} makes ${made}, expected ${wanted}`);
  }
}
