/** What the appointment book of a simulated HIS holds, and how it answers. */
import type { SimulatedPatient, SimulatedProvider, SimulatedSlot } from './world.ts';

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

/** `held`: kept for somebody, where the HIS has such a thing. */
export type SlotState = 'free' | 'held' | 'busy';

/** What differs from the book as it is written. Quirks G4, G5. */
export interface BookHabits {
  /** The world's patients have other keys than usual. */
  hasOtherPatientKeys(): boolean;
  /** By how much free slots start later than in the template. */
  shiftMinutes(): number;
}

/** One line of the file. */
export type BookLine =
  | { readonly type: 'appointment'; readonly appointment: SimulatedAppointment }
  | { readonly type: 'blocked' | 'unblocked' | 'slot-removed'; readonly slotId: string }
  | { readonly type: 'slot-added'; readonly slot: SimulatedSlot }
  | { readonly type: 'provider'; readonly provider: SimulatedProvider }
  | { readonly type: 'patient'; readonly patient: SimulatedPatient };

/** What was just written into the book; `before`: the appointment as it was. */
export type BookChange = BookLine & { readonly before?: SimulatedAppointment };
