/** The steps of a check, in their order, each exactly once. */
import type { Verdict } from './check-network.ts';
import { ADAPTER_REMEDIES } from './check-remedies.ts';

const STEPS = ['dns', 'tcp', 'tls', 'auth', 'read', 'map', 'write'] as const;
export type StepName = (typeof STEPS)[number];

/** `ok` is true also of what need not be tried, and false of what was not tried because an earlier step failed. */
export interface CheckedStep extends Verdict {
  readonly step: StepName;
  readonly durationMs: number;
}

export class CheckList {
  readonly #taken = new Map<StepName, CheckedStep>();

  /** The step that failed, if any. */
  get failed(): StepName | undefined {
    return [...this.#taken.values()].find(({ ok }) => !ok)?.step;
  }

  /** Does the step, unless an earlier one has failed. */
  async take<Found extends Verdict>(step: StepName, work: () => Promise<Found>): Promise<Found | undefined> {
    if (this.failed) return undefined;
    const startedAt = performance.now();
    const found = await work();
    this.add(step, found, performance.now() - startedAt);
    return found;
  }

  /** After the first failure nothing more is taken down. */
  add(
    step: StepName,
    { ok, skipped, detail, remedy = ok ? undefined : remedyFor(step) }: Verdict,
    durationMs: number,
  ): void {
    if (this.failed || this.#taken.has(step)) return;
    const entry = { step, ok, skipped, durationMs: Math.round(durationMs), detail };
    this.#taken.set(step, remedy === undefined ? entry : { ...entry, remedy });
  }

  needless(step: StepName, detail: string): void {
    this.add(step, { ok: true, skipped: true, detail }, 0);
  }

  /** What was being done when there was no going on: the first step without a verdict has failed. */
  breakOff(detail: string, durationMs: number): void {
    const step = STEPS.find((each) => !this.#taken.has(each));
    if (step) this.add(step, { ok: false, skipped: false, detail }, durationMs);
  }

  /** All steps, also those that were not taken, and the verdict. */
  finish(): { readonly ok: boolean; readonly summary: string; readonly steps: readonly CheckedStep[] } {
    const failure = this.failed && this.#taken.get(this.failed);
    for (const step of STEPS) if (!failure) this.needless(step, 'this adapter has no way to try it without writing');
    const steps = STEPS.map(
      (step) =>
        this.#taken.get(step) ?? {
          step,
          ok: false,
          skipped: true,
          durationMs: 0,
          detail: `not tried, because ${failure?.step} failed`,
        },
    );
    if (failure) return { ok: false, summary: `Stopped at ${failure.step}: ${failure.detail}.`, steps };
    const tried = steps.filter(({ skipped }) => !skipped).map(({ step }) => step);
    const summary =
      tried.length === 0 ? 'There was nothing to try.' : `Everything that could be tried works: ${tried.join(', ')}.`;
    return { ok: true, summary, steps };
  }
}

const remedyFor = (step: StepName): string | undefined =>
  Object.entries(ADAPTER_REMEDIES).find(([name]) => name === step)?.[1];
