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
  /** Changes brought to HISs that take them; the last of each connection. */
  readonly updates: readonly PatientUpdate[];
}

/**
 * pending  on its way; `errorCode`: why it is not there yet
 * sent     the HIS has the patient as it is here
 * refused  the HIS does not take it, for the reason `errorCode`; the next change is tried anew
 */
export interface PatientUpdate {
  readonly connectionId: string;
  readonly state: 'pending' | 'sent' | 'refused';
  readonly errorCode: string | null;
  /** RFC 3339 instant at which it came to this state. */
  readonly at: string;
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
