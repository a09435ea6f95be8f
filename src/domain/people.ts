import type { Identifier } from './outcome.ts';

export interface HumanName {
  readonly given: readonly string[];
  readonly family: string;
  readonly prefix?: string | null;
}

export interface Address {
  readonly line?: readonly string[];
  readonly city?: string;
  readonly postalCode?: string;
  readonly country?: string;
}

/** A patient as the hub keeps it. `birthDate` is YYYY-MM-DD, `phone` E.164. */
export interface Patient {
  readonly id: string;
  readonly name: HumanName;
  readonly birthDate: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: Address | null;
  readonly identifiers: readonly Identifier[];
  readonly version: number;
}

export interface Provider {
  readonly id: string;
  readonly name: HumanName;
  readonly email: string | null;
  readonly phone: string | null;
  readonly specialties: readonly string[];
  readonly languages: readonly string[];
  readonly insurances: readonly string[];
  readonly rating: number | null;
  readonly locations: readonly string[];
  readonly identifiers: readonly Identifier[];
}
