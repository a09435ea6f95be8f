/** Appointments: book, read, move, cancel, record attendance. */
import { HubError, type Appointment, type AppointmentStatus } from '../../domain/index.ts';
import { answerOnce, type Change, type Once, type OnceParts } from '../../commands/answer-once.ts';
import { bookAppointment, type Booking } from '../../commands/book-appointment.ts';
import { cancelAppointment, recordAttendance, rescheduleAppointment } from '../../commands/change-appointment.ts';
import { toldBooking } from '../../commands/told-booking.ts';
import { GroupBookings } from '../../commands/group-bookings.ts';
import { slotTaken, type WantedSlot } from '../../commands/take-slot.ts';
import type { Queue } from '../../db/queue.ts';
import {
  AppointmentReader,
  listAppointments,
  readAppointment,
  type AppointmentFilter,
} from '../../queries/appointments.ts';
import { SlotConflicts } from '../../queries/slot-conflict.ts';
import { readTransaction } from '../../queries/transactions.ts';
import type { ApiReply, ApiRequest, Handlers } from '../operation.ts';
import { etag } from '../preconditions.ts';
import { changeRequest, type Answer } from './change-request.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { ifMatch, pathId } from './versioned-reply.ts';

export interface AppointmentParts extends OnceParts {
  readonly queue: Queue;
  /** Adapters by which the hub itself keeps the book. */
  readonly ownBooks: readonly string[];
  /** Told of each transaction that was settled as it was made. Must not throw. */
  readonly entered: (transactionId: string) => void;
  /** Asks the HIS about a slot that it has not confirmed for too long; what it says is in the model afterwards. */
  freshenSlot(organizationId: string, slotId: string): Promise<void>;
}

type AttendanceStatus = 'arrived' | 'fulfilled' | 'noshow';
type ChangeBody = WantedSlot | { readonly status: AttendanceStatus };
type ListQuery = AppointmentFilter & PageQuery;

export const appointmentRoutes = (parts: AppointmentParts): Handlers => {
  const { db, seal } = parts;
  const bookings = new GroupBookings(parts);
  const reader = new AppointmentReader(db, seal);
  const conflicts = new SlotConflicts(db);

  const once = (
    request: ApiRequest<unknown, unknown>,
    work: Once['work'],
    slotId?: string,
    doneStatus = 200,
    quick: Pick<Once, 'quick' | 'repeated'> = {},
  ): Promise<ApiReply> =>
    answerOnce(parts, changeRequest(request), {
      ...quick,
      work,
      answer: (change) => answerTo(db, reader, request, change, doneStatus),
      explain: async (refusal) =>
        refusal.code === 'slot-taken' && slotId
          ? withMembers(await conflicts.of(request.caller, slotId), refusal.members)
          : refusal,
    });

  const versionOf = (request: ApiRequest<unknown, unknown>): { version: number } | object => {
    const version = ifMatch(request);
    return version === undefined ? {} : { version };
  };

  return {
    createAppointment: (request: ApiRequest<Booking>) =>
      once(
        request,
        (tx) => bookAppointment(tx, parts, request.caller, request.transactionId, request.body),
        request.body.slotId,
        201,
        {
          repeated: (made) => toldBooking(made, request.body.reason ?? null),
          quick: async (record, isAwaited) => {
            const { caller, transactionId, body: booking } = request;
            const booked = await bookings.book({ caller, transactionId, booking, record, isAwaited });
            if (booked === 'taken') return { refused: slotTaken() };
            if (!booked) await parts.freshenSlot(caller.organizationId, booking.slotId);
            return booked;
          },
        },
      ),

    changeAppointment: async (request: ApiRequest<ChangeBody>) => {
      const { body, caller, transactionId } = request;
      const change = { id: pathId(request), ...versionOf(request) };
      if ('slotId' in body) {
        await parts.freshenSlot(caller.organizationId, body.slotId);
        return once(
          request,
          (tx) => rescheduleAppointment(tx, parts, caller, transactionId, { ...change, ...body }),
          body.slotId,
        );
      }
      return once(request, async (tx) => {
        await recordAttendance(tx, caller, { ...change, status: body.status });
        return { atOnce: shown(200, await readAppointment(tx, seal, caller, change.id)) };
      });
    },

    cancelAppointment: (request: ApiRequest<unknown, { readonly reason?: string }>) =>
      once(request, (tx) =>
        cancelAppointment(tx, parts, request.caller, request.transactionId, {
          id: pathId(request),
          ...versionOf(request),
          ...(request.query.reason === undefined ? {} : { reason: request.query.reason }),
        }),
      ),

    readAppointment: async (request: ApiRequest) =>
      shown(200, await readAppointment(db, seal, request.caller, pathId(request))),

    listAppointments: (request: ApiRequest<unknown, ListQuery>) => list(parts, request, request.query),

    listPatientAppointments: (request: ApiRequest<unknown, ListQuery>) =>
      list(parts, request, { ...request.query, patient: pathId(request) }),
  };
};

async function list(
  { db, seal }: AppointmentParts,
  request: Pick<ApiRequest, 'caller'>,
  query: ListQuery,
): Promise<ApiReply> {
  return pageReply(await listAppointments(db, seal, request.caller, query, pageRequest(query)));
}

const shown = (status: number, appointment: Appointment): Answer => ({
  status,
  headers: {
    etag: etag(appointment.version),
    ...(status === 200 ? {} : { location: `/v1/appointments/${appointment.id}` }),
  },
  body: appointment,
});

/** What became of the change, as things are now: done, still with the HIS, or refused by it. */
async function answerTo(
  db: OnceParts['db'],
  reader: AppointmentReader,
  request: ApiRequest<unknown, unknown>,
  change: Change,
  doneStatus: number,
): Promise<Answer> {
  const appointment = change.told?.() ?? (await reader.read(request.caller, change.appointmentId));
  const mine = appointment.transactions.find((each) => each.id === change.transactionId);
  switch (mine?.state) {
    case 'succeeded':
      return shown(doneStatus, appointment);
    case 'superseded':
      // Cancelled before it was sent: for whoever cancelled that is what was wanted.
      if (mine.kind === 'cancel' && appointment.status === 'cancelled') return shown(doneStatus, appointment);
      throw await refusedByHis(request, db, change.transactionId, appointment);
    case 'rejected':
    case 'failed':
      throw await refusedByHis(request, db, change.transactionId, appointment);
    default: {
      const pending = shown(202, appointment);
      return { ...pending, headers: { ...pending.headers, 'retry-after': '2' } };
    }
  }
}

async function refusedByHis(
  request: ApiRequest<unknown, unknown>,
  db: OnceParts['db'],
  transactionId: string,
  appointment: Appointment,
): Promise<HubError> {
  const transaction = await readTransaction(db, { ...request.caller, role: 'support' }, transactionId);
  const code = String(transaction['errorCode']);
  const members = {
    appointment: { id: appointment.id, status: appointment.status satisfies AppointmentStatus },
    errorCode: code,
  };
  if (code === 'slot-taken') return new HubError('slot-taken', 'The HIS says that the slot is taken.', { members });
  if (transaction['errorClass'] === 'unsupported') {
    return new HubError('unsupported-by-his', 'The HIS cannot do this. Ask the clinic, or choose another way.', {
      members,
    });
  }
  const why =
    code === 'slot-moved'
      ? 'The HIS has given the slot another time since, so nothing was sent.'
      : `The HIS refused the change (${code}).`;
  return new HubError(
    'refused-by-his',
    `${why} Nothing was changed. Support finds the story under the transaction id.`,
    { members },
  );
}

const withMembers = (error: HubError, members: HubError['members']): HubError =>
  new HubError(error.code, error.message, { errors: error.errors, members: { ...members, ...error.members } });
