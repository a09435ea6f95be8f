/**
 * The appointment book of a simulated HIS. Every change is one line of an append-only file, and every method runs to its end
 * without awaiting: so two callers can never take the same slot, and what was committed survives a kill.
 */
import { join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import type { HumanName } from '../../domain/index.ts';
import { openJsonLines, type JsonLines } from './json-lines.ts';
import { slotsOfProvider } from './slot-template.ts';
import type { SimulatedPatient, SimulatedProvider, SimulatedSlot, World } from './world.ts';

export interface SimulatedAppointment {
  readonly vendorId: string;
  /** From 1, in the order of booking; what a vendor makes its visit numbers from. */
  readonly sequence: number;
  /** What the adapter sent as its reference; null when somebody in the hospital booked. */
  readonly transactionId: string | null;
  readonly slot: SimulatedSlot;
  readonly patientId: string;
  readonly status: 'booked' | 'cancelled';
  /** From 1, plus one per change. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly notes: readonly string[];
}

export interface Booking {
  readonly slotId: string;
  readonly patientId: string;
  readonly transactionId: string | null;
  readonly notes?: readonly string[];
}

/** The HIS's own refusals. */
export type BookRefusal = 'slot-taken' | 'no-such-slot' | 'no-such-appointment' | 'already-cancelled';
export type Booked =
  { readonly kind: 'done'; readonly appointment: SimulatedAppointment } | { readonly kind: BookRefusal };

type Line =
  | { readonly type: 'appointment'; readonly appointment: SimulatedAppointment }
  | { readonly type: 'blocked' | 'unblocked'; readonly slotId: string }
  | { readonly type: 'slot-added'; readonly slot: SimulatedSlot }
  | { readonly type: 'provider'; readonly provider: SimulatedProvider }
  | { readonly type: 'patient'; readonly patient: SimulatedPatient };

/** What was just written into the book; `before`: the appointment as it was. */
export type BookChange = Line & { readonly before?: SimulatedAppointment };

export class SimulatedBook {
  readonly world: World;
  readonly #seed: number;
  readonly #file: JsonLines<Line>;
  readonly #appointments = new Map<string, SimulatedAppointment>();
  /** Slot key to the appointment that has it now. */
  readonly #taken = new Map<string, string>();
  readonly #blocked = new Set<string>();
  readonly #added = new Map<string, SimulatedSlot>();
  readonly #providers = new Map<string, SimulatedProvider>();
  readonly #patients = new Map<string, SimulatedPatient>();
  #slots = new Map<string, SimulatedSlot>();
  #slotsMadeFor = '';
  #watchers: ((change: BookChange) => void)[] = [];

  constructor(world: World, directory: string, seed: number) {
    this.world = world;
    this.#seed = seed;
    for (const provider of world.providers) this.#providers.set(provider.id, provider);
    for (const patient of world.patients) this.#patients.set(patient.id, patient);
    this.#file = openJsonLines<Line>(join(directory, 'book.jsonl'), (line) => this.#apply(line));
  }

  providers(): SimulatedProvider[] {
    return [...this.#providers.values()];
  }

  patients(): SimulatedPatient[] {
    return [...this.#patients.values()];
  }

  patient(id: string): SimulatedPatient | undefined {
    return this.#patients.get(id);
  }

  /** In the order of booking. */
  appointments(): SimulatedAppointment[] {
    return [...this.#appointments.values()];
  }

  appointment(vendorId: string): SimulatedAppointment | undefined {
    return this.#appointments.get(vendorId);
  }

  slot(id: string): SimulatedSlot | undefined {
    return this.#allSlots().get(id);
  }

  /** Slots from yesterday to the horizon that somebody took out of service. */
  blockedSlots(): SimulatedSlot[] {
    return [...this.#blocked].flatMap((id) => this.slot(id) ?? []);
  }

  isFree(slotId: string): boolean {
    return this.slot(slotId) !== undefined && !this.#taken.has(slotId) && !this.#blocked.has(slotId);
  }

  /** Free slots that start in [from, to) and not in the past, ascending by start. */
  freeSlots(from: Date, to: Date): SimulatedSlot[] {
    const earliest = new Date(Math.max(from.getTime(), Date.now())).toISOString();
    const latest = to.toISOString();
    const free: SimulatedSlot[] = [];
    for (const slot of this.#allSlots().values()) {
      if (slot.start >= earliest && slot.start < latest && !this.#taken.has(slot.id) && !this.#blocked.has(slot.id)) {
        free.push(slot);
      }
    }
    return free.toSorted((a, b) => a.start.localeCompare(b.start) || a.id.localeCompare(b.id));
  }

  book(booking: Booking): Booked {
    const slot = this.slot(booking.slotId);
    if (slot === undefined) return { kind: 'no-such-slot' };
    if (!this.isFree(slot.id)) return { kind: 'slot-taken' };
    const sequence = this.#appointments.size + 1;
    const at = new Date().toISOString();
    return this.#write({
      vendorId: this.world.appointmentId(sequence),
      sequence,
      transactionId: booking.transactionId,
      slot,
      patientId: booking.patientId,
      status: 'booked',
      version: 1,
      createdAt: at,
      updatedAt: at,
      notes: booking.notes ?? [],
    });
  }

  cancel(vendorId: string): Booked {
    const appointment = this.#appointments.get(vendorId);
    if (appointment === undefined) return { kind: 'no-such-appointment' };
    if (appointment.status === 'cancelled') return { kind: 'already-cancelled' };
    return this.#change(appointment, { status: 'cancelled' });
  }

  move(vendorId: string, toSlotId: string): Booked {
    const appointment = this.#appointments.get(vendorId);
    if (appointment === undefined) return { kind: 'no-such-appointment' };
    if (appointment.status === 'cancelled') return { kind: 'already-cancelled' };
    if (appointment.slot.id === toSlotId) return { kind: 'done', appointment };
    const slot = this.slot(toSlotId);
    if (slot === undefined) return { kind: 'no-such-slot' };
    if (!this.isFree(slot.id)) return { kind: 'slot-taken' };
    return this.#change(appointment, { slot });
  }

  /** Takes a slot out of service, as somebody at the front desk does. A booked slot is left to its appointment. */
  block(slotId: string): BookRefusal | 'done' {
    if (this.slot(slotId) === undefined) return 'no-such-slot';
    if (this.#taken.has(slotId)) return 'slot-taken';
    this.#record({ type: 'blocked', slotId });
    return 'done';
  }

  unblock(slotId: string): BookRefusal | 'done' {
    if (this.slot(slotId) === undefined) return 'no-such-slot';
    if (this.#taken.has(slotId)) return 'slot-taken';
    if (this.#blocked.has(slotId)) this.#record({ type: 'unblocked', slotId });
    return 'done';
  }

  /** A slot outside the template. Adding it twice is adding it once. */
  addSlot(slot: Omit<SimulatedSlot, 'id'>): SimulatedSlot {
    const added = { ...slot, id: this.world.slotId(slot.providerId, new Date(slot.start)) };
    if (this.slot(added.id) === undefined) this.#record({ type: 'slot-added', slot: added });
    return added;
  }

  /** Adds a provider, who then has slots as everybody has, or gives a known one another name. */
  putProvider(provider: SimulatedProvider): void {
    this.#record({ type: 'provider', provider });
  }

  rename(provider: SimulatedProvider, name: HumanName): void {
    this.putProvider({ ...provider, name });
  }

  putPatient(patient: SimulatedPatient): void {
    this.#record({ type: 'patient', patient });
  }

  /** Told of every change from now on, right after it, in order: what a HIS that tells by itself would tell. */
  watch(watcher: (change: BookChange) => void): void {
    this.#watchers.push(watcher);
  }

  close(): void {
    this.#watchers = [];
    this.#file.close();
  }

  #change(appointment: SimulatedAppointment, change: Partial<SimulatedAppointment>): Booked {
    return this.#write({
      ...appointment,
      ...change,
      version: appointment.version + 1,
      updatedAt: new Date().toISOString(),
    });
  }

  #write(appointment: SimulatedAppointment): Booked {
    this.#record({ type: 'appointment', appointment });
    return { kind: 'done', appointment };
  }

  #record(line: Line): void {
    const before = line.type === 'appointment' ? this.#appointments.get(line.appointment.vendorId) : undefined;
    this.#file.append(line);
    this.#apply(line);
    for (const watcher of this.#watchers) watcher(before === undefined ? line : { ...line, before });
  }

  #apply(line: Line): void {
    switch (line.type) {
      case 'appointment':
        return this.#enter(line.appointment);
      case 'blocked':
        return void this.#blocked.add(line.slotId);
      case 'unblocked':
        return void this.#blocked.delete(line.slotId);
      case 'slot-added':
        this.#slotsMadeFor = '';
        return void this.#added.set(line.slot.id, line.slot);
      case 'provider':
        this.#slotsMadeFor = '';
        return void this.#providers.set(line.provider.id, line.provider);
      case 'patient':
        return void this.#patients.set(line.patient.id, line.patient);
      default:
        return line satisfies never;
    }
  }

  #enter(appointment: SimulatedAppointment): void {
    const before = this.#appointments.get(appointment.vendorId);
    if (before !== undefined) this.#taken.delete(before.slot.id);
    if (appointment.status === 'booked') this.#taken.set(appointment.slot.id, appointment.vendorId);
    this.#appointments.set(appointment.vendorId, appointment);
  }

  /** The template's slots from yesterday to the horizon, made anew when the day has changed, and those added by hand. */
  #allSlots(): Map<string, SimulatedSlot> {
    const today = Temporal.Now.plainDateISO('UTC');
    if (this.#slotsMadeFor === today.toString()) return this.#slots;
    this.#slots = new Map(this.#added);
    for (const provider of this.#providers.values()) {
      const days = this.world.horizonDays + 2;
      for (const slot of slotsOfProvider(this.world, provider, this.#seed, today.subtract({ days: 1 }), days)) {
        this.#slots.set(slot.id, slot);
      }
    }
    // A slot that is booked stays known when the template has moved on.
    for (const { slot } of this.#appointments.values()) if (!this.#slots.has(slot.id)) this.#slots.set(slot.id, slot);
    this.#slotsMadeFor = today.toString();
    return this.#slots;
  }
}
