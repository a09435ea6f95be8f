/** The answer to a booking that is known as soon as it is made, and to its repeats: made of the same in either case. */
import { wallTime, type Appointment } from '../domain/index.ts';
import type { ToldBooking } from '../ledger/idempotency.ts';
import type { Change } from './answer-once.ts';

/** `reason`: as it was asked for, now or before. */
export const toldBooking = (made: ToldBooking, reason: string | null): Change => ({
  appointmentId: made.appointmentId,
  transactionId: made.transactionId,
  told: () => asMade(made, reason),
});

/** As whoever reads the appointment then (queries/appointments.ts) is shown it. */
const asMade = ({ appointmentId, transactionId, booked }: ToldBooking, reason: string | null): Appointment => {
  const isPending = booked.externalId === null;
  return {
    id: appointmentId,
    status: isPending ? 'pending' : 'booked',
    slotId: booked.slotId,
    providerId: booked.providerId,
    locationId: booked.locationId,
    connectionId: booked.connectionId,
    patientId: booked.patientId,
    start: wallTime(Date.parse(booked.start), booked.timeZone),
    end: wallTime(Date.parse(booked.end), booked.timeZone),
    timeZone: booked.timeZone,
    mode: booked.mode,
    reason,
    externalId: booked.externalId,
    version: booked.version,
    transactions: [{ id: transactionId, kind: 'book', state: isPending ? 'queued' : 'succeeded' }],
  };
};
