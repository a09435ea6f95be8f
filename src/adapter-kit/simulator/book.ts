/**
 * The appointment book of a simulated HIS. Every change is one line of an append-only file, and every method runs to its end
 * without awaiting: so two callers can never take the same slot, and what was committed survives a kill.
 */
import { join } from 'node:path';
import type { HumanName } from '../../domain/index.ts';
import type {
  BookChange,
  BookHabits,
  BookLine,
  Booked,
  Booking,
  BookRefusal,
  SimulatedAppointment,
  SlotState,
} from './book-words.ts';
import { otherKey } from './other-key.ts';
import { openJsonLines, type JsonLines } from './json-lines.ts';
import { SlotShelf } from './slot-shelf.ts';
import type { SimulatedPatient, SimulatedProvider, SimulatedSlot, World } from './world.ts';

export class SimulatedBook {
  readonly world: World;
  readonly #shelf: SlotShelf;
  readonly #habits: BookHabits;
  readonly #file: JsonLines<BookLine>;
  readonly #appointments = new Map<string, SimulatedAppointment>();
  /** Slot key to the appointment that has it now. */
  readonly #taken = new Map<string, string>();
  readonly #blocked = new Set<string>();
  readonly #providers = new Map<string, SimulatedProvider>();
  readonly #patients = new Map<string, SimulatedPatient>();
  #desk: (slot: SimulatedSlot) => SlotState = () => 'free';
  #watchers: ((change: BookChange) => void)[] = [];

  constructor(world: World, directory: string, seed: number, habits: BookHabits) {
    this.world = world;
    this.#shelf = new SlotShelf(world, seed, () => habits.shiftMinutes());
    this.#habits = habits;
    for (const provider of world.providers) this.#providers.set(provider.id, provider);
    for (const patient of world.patients) this.#patients.set(patient.id, patient);
    this.#file = openJsonLines<BookLine>(join(directory, 'book.jsonl'), (line) => this.#apply(line));
  }

  providers(): SimulatedProvider[] {
    return [...this.#providers.values()];
  }

  patients(): SimulatedPatient[] {
    const patients = [...this.#patients.values()];
    if (!this.#habits.hasOtherPatientKeys()) return patients;
    return patients.map((each) => (this.#isOfTheWorld(each.id) ? { ...each, id: otherKey(each.id) } : each));
  }

  patient(id: string): SimulatedPatient | undefined {
    if (!this.#habits.hasOtherPatientKeys()) return this.#patients.get(id);
    return this.patients().find((each) => each.id === id);
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

  /** Has a HIS that holds slots, or keeps them busy for reasons of its own, say what the book does not know. */
  askDesk(desk: (slot: SimulatedSlot) => SlotState): void {
    this.#desk = desk;
  }

  stateOf(slot: SimulatedSlot): SlotState {
    return this.isFree(slot.id) ? this.#desk(slot) : 'busy';
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

  /** Takes a slot away as if it had never been. A booked slot is left to its appointment. */
  remove(slotId: string): void {
    if (this.slot(slotId) !== undefined && !this.#taken.has(slotId)) this.#record({ type: 'slot-removed', slotId });
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

  #record(line: BookLine): void {
    const before = line.type === 'appointment' ? this.#appointments.get(line.appointment.vendorId) : undefined;
    this.#file.append(line);
    this.#apply(line);
    for (const watcher of this.#watchers) watcher(before === undefined ? line : { ...line, before });
  }

  #apply(line: BookLine): void {
    switch (line.type) {
      case 'appointment':
        return this.#enter(line.appointment);
      case 'blocked':
        return void this.#blocked.add(line.slotId);
      case 'unblocked':
        return void this.#blocked.delete(line.slotId);
      case 'slot-removed':
        return this.#shelf.remove(line.slotId);
      case 'slot-added':
        return this.#shelf.add(line.slot);
      case 'provider':
        this.#shelf.renew();
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

  #allSlots(): ReadonlyMap<string, SimulatedSlot> {
    return this.#shelf.all({
      providers: this.#providers.values(),
      appointed: this.#appointments.values().map(({ slot }) => slot),
      isTaken: (slotId) => this.#taken.has(slotId),
    });
  }

  #isOfTheWorld(patientId: string): boolean {
    return this.world.patients.some(({ id }) => id === patientId);
  }
}
