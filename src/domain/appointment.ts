import type { Mode } from './slot.ts';
import type { TransactionKind, TransactionState } from './transaction.ts';

/** FHIR appointment status, and `rejected`: the HIS said no, or the hub gave up before anything was booked. */
export const APPOINTMENT_STATUSES = [
  'pending',
  'booked',
  'arrived',
  'fulfilled',
  'cancelled',
  'noshow',
  'rejected',
] as const;
export type AppointmentStatus = (typeof APPOINTMENT_STATUSES)[number];

/** What a person may say of a booked appointment without asking the HIS for another slot. */
export const ATTENDANCE: Readonly<Record<'arrived' | 'fulfilled' | 'noshow', readonly AppointmentStatus[]>> = {
  arrived: ['booked'],
  fulfilled: ['booked', 'arrived'],
  noshow: ['booked'],
};

export interface Appointment {
  readonly id: string;
  readonly status: AppointmentStatus;
  readonly slotId: string;
  readonly providerId: string;
  readonly locationId: string;
  readonly connectionId: string;
  readonly patientId: string;
  readonly start: string;
  readonly end: string;
  readonly timeZone: string;
  readonly mode: Mode;
  readonly reason: string | null;
  readonly externalId: string | null;
  readonly version: number;
  readonly pendingChange?: { readonly kind: TransactionKind; readonly transactionId: string; readonly slotId?: string };
  readonly transactions: readonly {
    readonly id: string;
    readonly kind: TransactionKind;
    readonly state: TransactionState;
  }[];
}
