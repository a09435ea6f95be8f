/** What the commands of `tessera map` are given, and what they answer. */
import type { Contracts } from '../contracts.ts';

export interface MapOptions {
  /** Where <adapter>/<mapping>.yaml are looked for. */
  readonly mappings: string;
  readonly json?: boolean;
}

export interface MapCall {
  readonly root: string;
  readonly contracts: Contracts;
  readonly contractsDirectory: string;
}

/** What a command says; `isSound: false` ends with exit code 1. */
export interface MapAnswer {
  readonly text: string;
  readonly json: unknown;
  readonly isSound: boolean;
}

export interface TryOptions {
  readonly in: string;
  readonly explain?: boolean;
  readonly connectionZone?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly lists?: readonly string[];
  readonly save?: string;
}

export interface CoverageOptions {
  readonly threshold: number;
  readonly all?: boolean;
}
