/** One thing that every adapter does, whatever its vendor: data, so that it can be listed, gated and reported. */
import type { Capability } from '../adapter-kit/index.ts';
import type { Bench } from './bench.ts';

/**
 * What a behaviour presupposes, besides the core: a capability of the manifest, or
 * HIS       somebody to talk to (the hub's own book is none)
 * HTTP      the adapter talks HTTP
 * MLLP      the adapter talks MLLP
 */
export type Need = Capability | 'HIS' | 'HTTP' | 'MLLP';

export interface Behaviour {
  /** Kebab-case; what reports and tests name it by. */
  readonly id: string;
  /** The guarantee in plain words. */
  readonly title: string;
  readonly needs?: readonly Need[];
  /** Measures time or what is open in the process: nothing else runs beside it. */
  readonly alone?: true;
  /** Returns when the guarantee holds; throws Unmet when it does not, NotApplicable when it cannot be asked of this adapter. */
  run(bench: Bench): Promise<void>;
}

/** The adapter does not do what the contract says. */
export class Unmet extends Error {}

/** The behaviour means nothing for this adapter; the message says why. */
export class NotApplicable extends Error {}

export function must(holds: boolean, expectation: string): asserts holds {
  if (!holds) throw new Unmet(expectation);
}

/** `what` begins the sentence: "the outcome". Values are those of a sandbox, so they may be shown. */
export function mustBe(actual: unknown, expected: unknown, what: string): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Unmet(`${what}: expected ${e}, got ${a}`);
}

export function mustBeOneOf<T>(actual: T, allowed: readonly T[], what: string): void {
  if (!allowed.includes(actual)) {
    throw new Unmet(
      `${what}: expected ${allowed.map((each) => JSON.stringify(each)).join(' or ')}, got ${JSON.stringify(actual)}`,
    );
  }
}
