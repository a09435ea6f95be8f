/** What somebody in the hospital can change in the HIS itself, behind the hub's back. */
import type { HumanName } from '../../domain/index.ts';
import type { SimulatedAppointment } from './book-words.ts';
import type { SimulatedBook } from './book.ts';
import type { SimulatedProvider, SimulatedSlot } from './world.ts';

export const EDITS = [
  'block-slot',
  'free-slot',
  'book-outside',
  'cancel-outside',
  'move-outside',
  'add-provider',
  'rename-provider',
  'add-patient',
] as const;

export interface Edit {
  readonly op: (typeof EDITS)[number];
  /** Slot or appointment key at the HIS. */
  readonly externalId?: string;
  readonly toExternalId?: string;
  readonly providerExternalId?: string;
  /** RFC 3339. */
  readonly start?: string;
  readonly end?: string;
  readonly name?: string;
  /** YYYY-MM-DD */
  readonly birthDate?: string;
}

/** An edit that cannot be made. 400: the input is wrong. 404: no such key. 409: the book does not allow it. */
export class EditRefused extends Error {
  readonly status: 400 | 404 | 409;
  constructor(status: 400 | 404 | 409, message: string) {
    super(message);
    this.status = status;
  }
}

/** Makes an edit; answers with the keys of what it touched. Throws EditRefused. */
export function applyEdit(book: SimulatedBook, edit: Edit): Record<string, unknown> {
  switch (edit.op) {
    case 'block-slot': {
      const slot = slotNamed(book, needed(edit, 'externalId'));
      if (book.block(slot.id) !== 'done')
        throw new EditRefused(409, `slot ${slot.id} is booked: cancel-outside its appointment first`);
      return { slotId: slot.id };
    }
    case 'free-slot':
      return freeSlot(book, edit);
    case 'book-outside':
      return bookOutside(book, edit);
    case 'cancel-outside': {
      const appointment = appointmentNamed(book, needed(edit, 'externalId'));
      return changed(book.cancel(appointment.vendorId));
    }
    case 'move-outside': {
      const appointment = appointmentNamed(book, needed(edit, 'externalId'));
      const slot = slotNamed(book, needed(edit, 'toExternalId'));
      return changed(book.move(appointment.vendorId, slot.id));
    }
    case 'add-provider':
      return addProvider(book, edit);
    case 'rename-provider': {
      const provider = providerNamed(book, edit.providerExternalId ?? needed(edit, 'externalId'));
      book.rename(provider, nameFrom(needed(edit, 'name')));
      return { providerId: provider.id };
    }
    case 'add-patient':
      return addPatient(book, edit);
    default:
      return edit.op satisfies never;
  }
}

function freeSlot(book: SimulatedBook, edit: Edit): Record<string, unknown> {
  if (edit.externalId !== undefined) {
    const slot = slotNamed(book, edit.externalId);
    if (book.unblock(slot.id) !== 'done')
      throw new EditRefused(409, `slot ${slot.id} is booked: cancel-outside its appointment instead`);
    return { slotId: slot.id };
  }
  const provider = providerNamed(book, needed(edit, 'providerExternalId'));
  const start = instant(edit, 'start');
  const end =
    edit.end === undefined ? new Date(start.getTime() + book.world.slotMinutes * 60_000) : instant(edit, 'end');
  if (end <= start) throw new EditRefused(400, 'end must be after start');
  const slot = book.addSlot({
    providerId: provider.id,
    locationId: provider.locationId,
    start: start.toISOString(),
    end: end.toISOString(),
    mode: 'in-person',
  });
  return { slotId: slot.id };
}

function bookOutside(book: SimulatedBook, edit: Edit): Record<string, unknown> {
  const slot = slotNamed(book, needed(edit, 'externalId'));
  const patient = book.patients().at(-1);
  if (patient === undefined) throw new EditRefused(409, 'this hospital has no patients');
  const result = book.book({
    slotId: slot.id,
    patientId: patient.id,
    transactionId: null,
    notes: ['booked at the desk'],
  });
  return changed(result);
}

function addProvider(book: SimulatedBook, edit: Edit): Record<string, unknown> {
  const model = book.providers()[0];
  if (model === undefined)
    throw new EditRefused(409, 'this hospital has no provider to take location and specialty from');
  const id = edit.providerExternalId ?? edit.externalId ?? `${model.id}-${book.providers().length + 1}`;
  if (book.providers().some((each) => each.id === id)) throw new EditRefused(409, `provider ${id} exists already`);
  const { locationId, specialties, languages } = model;
  book.putProvider({ id, name: nameFrom(needed(edit, 'name')), locationId, specialties, languages });
  return { providerId: id };
}

function addPatient(book: SimulatedBook, edit: Edit): Record<string, unknown> {
  const model = book.patients()[0];
  if (model === undefined)
    throw new EditRefused(409, 'this hospital has no patient whose key another could be made from');
  const id = edit.externalId ?? newKeyLike(model.id, book);
  if (book.patient(id) !== undefined) throw new EditRefused(409, `patient ${id} exists already`);
  const birthDate = needed(edit, 'birthDate');
  if (!/^\d{4}-\d\d-\d\d$/.test(birthDate)) throw new EditRefused(400, 'birthDate must be YYYY-MM-DD');
  book.putPatient({ id, name: nameFrom(needed(edit, 'name')), birthDate, identifiers: [] });
  return { patientId: id };
}

/** Another key of the same length and alphabet: vendors check both. */
function newKeyLike(model: string, book: SimulatedBook): string {
  for (let count = 1; ; count += 1) {
    const key = `${model.slice(0, -String(count).length)}${count}`;
    if (book.patient(key) === undefined) return key;
  }
}

function changed(result: ReturnType<SimulatedBook['cancel']>): Record<string, unknown> {
  if (result.kind !== 'done') throw new EditRefused(409, `the book refuses: ${result.kind}`);
  return {
    vendorId: result.appointment.vendorId,
    slotId: result.appointment.slot.id,
    status: result.appointment.status,
  };
}

function needed(
  edit: Edit,
  member: 'externalId' | 'toExternalId' | 'providerExternalId' | 'name' | 'birthDate',
): string {
  const value = edit[member];
  if (value === undefined || value === '') throw new EditRefused(400, `${edit.op} needs ${member}`);
  return value;
}

function instant(edit: Edit, member: 'start' | 'end'): Date {
  const value = edit[member];
  if (value === undefined) throw new EditRefused(400, `${edit.op} without externalId needs ${member} (RFC 3339)`);
  const date = new Date(value);
  if (!/T.*(Z|[+-]\d\d:\d\d)$/.test(value) || Number.isNaN(date.getTime())) {
    throw new EditRefused(400, `${member} must be an RFC 3339 date-time with offset`);
  }
  return date;
}

function slotNamed(book: SimulatedBook, id: string): SimulatedSlot {
  const slot = book.slot(id);
  if (slot === undefined) throw new EditRefused(404, `no slot ${id}: expected a slot's externalId`);
  return slot;
}

/** By its own key, or by the key of the slot that it has. */
function appointmentNamed(book: SimulatedBook, id: string): SimulatedAppointment {
  const found =
    book.appointment(id) ?? book.appointments().find((each) => each.slot.id === id && each.status === 'booked');
  if (found === undefined) throw new EditRefused(404, `no appointment ${id}: expected an appointment's externalId`);
  return found;
}

function providerNamed(book: SimulatedBook, id: string): SimulatedProvider {
  const provider = book.providers().find((each) => each.id === id);
  if (provider === undefined) throw new EditRefused(404, `no provider ${id}: expected a provider's externalId`);
  return provider;
}

/** "Grace Brewster Hopper": the last word is the family name. */
function nameFrom(text: string): HumanName {
  const words = text.trim().split(/\s+/);
  return { given: words.slice(0, -1), family: words.at(-1) ?? text };
}
