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
