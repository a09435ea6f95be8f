/** What a simulated hospital consists of: its people and places, and the template its free slots come from. */
import type { Address, HumanName, Identifier, Mode } from '../../domain/index.ts';

export interface SimulatedLocation {
  readonly id: string;
  readonly name: string;
  /** IANA zone. */
  readonly timeZone: string;
  readonly address?: Address;
}

export interface SimulatedProvider {
  readonly id: string;
  readonly name: HumanName;
  readonly locationId: string;
  readonly specialties: readonly string[];
  readonly languages: readonly string[];
  readonly insurances?: readonly string[];
  readonly email?: string;
  readonly phone?: string;
  readonly identifiers?: readonly Identifier[];
}

export interface SimulatedPatient {
  readonly id: string;
  readonly name: HumanName;
  /** YYYY-MM-DD */
  readonly birthDate: string;
  readonly email?: string;
  readonly phone?: string;
  readonly address?: Address;
  readonly identifiers: readonly Identifier[];
}

export interface SimulatedSlot {
  /** The HIS's own key of the slot: the same in every search, and after a restart. */
  readonly id: string;
  readonly providerId: string;
  readonly locationId: string;
  /** RFC 3339 instants, UTC. */
  readonly start: string;
  readonly end: string;
  readonly mode: Mode;
}

/** A vendor's sandbox hospital. Everything is fixed but the dates: slots are made from the template, relative to today. */
export interface World {
  readonly locations: readonly SimulatedLocation[];
  readonly providers: readonly SimulatedProvider[];
  readonly patients: readonly SimulatedPatient[];
  /** Local wall times "HH:MM" between which slots start and end, every day of the week, in the location's zone. */
  readonly opens: string;
  readonly closes: string;
  readonly slotMinutes: number;
  /** Days ahead of today for which slots exist. */
  readonly horizonDays: number;
  /** The vendor's way of writing a slot's key. Must depend on nothing else, so that it survives a restart. */
  slotId(providerId: string, start: Date): string;
  /** True where a slot keeps its key when the template moves (quirk G5); else it gets the key of its new time. */
  readonly slotKeysStay?: boolean;
  /** The vendor's way of writing the key of the nth appointment (from 1). */
  appointmentId(sequence: number): string;
}
