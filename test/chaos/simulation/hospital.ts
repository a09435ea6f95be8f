/**
 * A HIS: what it holds, and a journal of all that ever happened there, which no fault touches. It never lies about what it has
 * done; what it shows may lag behind.
 */
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/**
 * key        honours our reference: a write that comes twice is done once
 * reference  shows our reference, but books whatever comes
 * patient    shows patient and time only
 * nothing    shows nothing
 */
export type LookupProfile = 'key' | 'reference' | 'patient' | 'nothing';

export interface HospitalProfile {
  readonly lookup: LookupProfile;
  readonly movesInPlace: boolean;
  readonly hasPatientRegister: boolean;
  /** False: it books two into one slot without a word. */
  readonly refusesTaken: boolean;
  /** What it has done is shown after so long, at most. */
  readonly lagMs: number;
  /** Whether a slot is shown as taken at once, though the appointment is not shown yet. */
  readonly showsSlotAtOnce: boolean;
  /** A 503 of this HIS says that nothing was done. */
  readonly is503Unprocessed: boolean;
  /** How long it takes to get a token, at most; before one request in five. */
  readonly tokenMs: number;
}

interface Version {
  readonly at: number;
  readonly visibleFrom: number;
  readonly status: 'booked' | 'cancelled';
  readonly slot: string;
}

export interface AppointmentAtHis {
  readonly id: string;
  /** The transaction that made it; undefined: the HIS's own desk. */
  readonly madeBy: string | undefined;
  readonly patient: string;
  readonly versions: Version[];
}

export interface EffectAtHis {
  readonly at: number;
  readonly kind: 'book' | 'move' | 'cancel';
  readonly transactionId: string | undefined;
  readonly attempt: number;
  readonly appointment: AppointmentAtHis;
}

export interface Arrival {
  readonly at: number;
  readonly transactionId: string;
  readonly attempt: number;
  readonly write: boolean;
}

export type Write =
  | { readonly kind: 'book'; readonly slot: string; readonly patient: string }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'move'; readonly id: string; readonly to: string }
  | { readonly kind: 'create-patient'; readonly person: string };

export type Answer =
  | { readonly kind: 'done'; readonly id: string }
  | { readonly kind: 'conflict'; readonly reason: 'slot-taken' | 'wrong-state' }
  | { readonly kind: 'not-found'; readonly reason: string };

export const present = (appointment: AppointmentAtHis): Version => {
  const last = appointment.versions.at(-1);
  if (!last) throw new Error('an appointment has a version');
  return last;
};

export class Hospital {
  readonly name: string;
  readonly profile: HospitalProfile;
  readonly appointments = new Map<string, AppointmentAtHis>();
  /** Person to the HIS's keys of it: more than one is a fault of whoever created it twice. */
  readonly patients = new Map<string, { readonly key: string; readonly visibleFrom: number }[]>();
  readonly effects: EffectAtHis[] = [];
  /** Told of every request that arrives. */
  onArrival: (arrival: Arrival) => void = () => {};
  readonly #clock: Clock;
  readonly #random: Random;
  #count = 0;

  constructor(name: string, profile: HospitalProfile, clock: Clock, random: Random) {
    this.name = name;
    this.profile = profile;
    this.#clock = clock;
    this.#random = random;
  }

  arrived(transactionId: string, attempt: number, write: boolean): void {
    this.onArrival({ at: this.#clock.now, transactionId, attempt, write });
  }

  /** `lagMs`: when what was done is shown; drawn unless told. */
  write(write: Write, transactionId: string | undefined, attempt: number): Answer {
    switch (write.kind) {
      case 'book':
        return this.#book(write, transactionId, attempt);
      case 'cancel': {
        const appointment = this.appointments.get(write.id);
        if (!appointment) return { kind: 'not-found', reason: 'appointment-unknown' };
        const { status, slot } = present(appointment);
        if (status === 'booked') this.#change('cancel', appointment, 'cancelled', slot, transactionId, attempt);
        return { kind: 'done', id: appointment.id };
      }
      case 'move': {
        const appointment = this.appointments.get(write.id);
        if (!appointment) return { kind: 'not-found', reason: 'appointment-unknown' };
        const { status, slot } = present(appointment);
        if (status === 'cancelled') return { kind: 'conflict', reason: 'wrong-state' };
        if (slot === write.to) return { kind: 'done', id: appointment.id };
        if (this.#isTaken(write.to)) return { kind: 'conflict', reason: 'slot-taken' };
        this.#change('move', appointment, 'booked', write.to, transactionId, attempt);
        return { kind: 'done', id: appointment.id };
      }
      case 'create-patient': {
        const key = this.#key('p');
        const known = this.patients.get(write.person) ?? [];
        known.push({ key, visibleFrom: this.#visibleFrom() });
        this.patients.set(write.person, known);
        return { kind: 'done', id: key };
      }
      default:
        return write satisfies never;
    }
  }

  #book({ slot, patient }: Extract<Write, { kind: 'book' }>, madeBy: string | undefined, attempt: number): Answer {
    if (this.profile.lookup === 'key' && madeBy !== undefined) {
      const known = [...this.appointments.values()].find((each) => each.madeBy === madeBy);
      if (known) return { kind: 'done', id: known.id };
    }
    if (this.#isTaken(slot)) return { kind: 'conflict', reason: 'slot-taken' };
    const appointment: AppointmentAtHis = { id: this.#key('a'), madeBy, patient, versions: [] };
    this.appointments.set(appointment.id, appointment);
    this.#change('book', appointment, 'booked', slot, madeBy, attempt);
    return { kind: 'done', id: appointment.id };
  }

  #change(
    kind: EffectAtHis['kind'],
    appointment: AppointmentAtHis,
    status: Version['status'],
    slot: string,
    transactionId: string | undefined,
    attempt: number,
  ): void {
    const { now } = this.#clock;
    appointment.versions.push({ at: now, visibleFrom: this.#visibleFrom(), status, slot });
    this.effects.push({ at: now, kind, transactionId, attempt, appointment });
  }

  #visibleFrom(): number {
    return this.#clock.now + this.#random.between(0, this.profile.lagMs);
  }

  #key(letter: string): string {
    this.#count += 1;
    return `${this.name}-${letter}${this.#count}`;
  }

  #isTaken(slot: string): boolean {
    return this.profile.refusesTaken && this.activeIn(slot).length > 0;
  }

  activeIn(slot: string): AppointmentAtHis[] {
    return [...this.appointments.values()].filter((each) => {
      const { status, slot: at } = present(each);
      return status === 'booked' && at === slot;
    });
  }

  /** As it is shown; undefined while nothing is. */
  shown(appointment: AppointmentAtHis): Version | undefined {
    return appointment.versions.findLast(({ visibleFrom }) => visibleFrom <= this.#clock.now);
  }

  /** Whether the slot is shown as taken. */
  isShownTaken(slot: string): boolean {
    if (this.profile.showsSlotAtOnce) return this.activeIn(slot).length > 0;
    return [...this.appointments.values()].some((each) => {
      const version = this.shown(each);
      return version?.status === 'booked' && version.slot === slot;
    });
  }

  match(person: string): string[] {
    const known = this.patients.get(person) ?? [];
    return known.filter(({ visibleFrom }) => visibleFrom <= this.#clock.now).map(({ key }) => key);
  }
}
