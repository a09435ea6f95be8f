/**
 * Brings changed patients to the HISs that take updates. An update is the patient as it is now, whole: to send it again changes
 * nothing, so one whose answer was lost is sent again, without a look. However long a HIS is away, it gets the last change.
 */
import type { Outcome, PatientAtHis } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import { elapsedMs, makeCall, thisMoment, type Moment } from '../connections/make-call.ts';
import type { Connections } from '../connections/open-connections.ts';
import type { Database } from '../db/database.ts';
import { repeat, type Log, type Repeated } from '../domain/index.ts';
import type { PatientKeys } from '../ledger/keyring.ts';
import { parkConnection } from '../ledger/connection-state.ts';
import {
  connectionsWithDueUpdates,
  endUpdate,
  forgetUpdate,
  readUpdatedPatient,
  takeDueUpdate,
  type HeldUpdate,
  type UpdatedPatient,
  type UpdateEnd,
} from '../ledger/patient-update.ts';
import { reactionTo, retryPauseMs } from './decide.ts';
import { whyHeldBack } from './hold-back.ts';

const SWEEP_MS = 1_000;
/** A call ends at its deadline; what came of it is written by then. */
const LEASE_MARGIN_MS = 5_000;
/** How soon one looks again whether a booking has made the patient known. */
const UNKNOWN_PATIENT_MS = 1_000;
/** An update that fails again and again, at a HIS that otherwise works, is no reason to keep it busy. */
const TIRED_MS = 600_000;

export interface PatientUpdateParts {
  readonly db: Database;
  readonly keys: PatientKeys;
  readonly connections: Connections;
  readonly log: Log;
}

/** Sends what is due on a connection, one after the other, until nothing is or nothing may be sent. */
export async function sendDueUpdates(parts: PatientUpdateParts, connectionId: string): Promise<void> {
  for (let more = true; more;) {
    const open = await parts.connections.get(connectionId);
    if (whyHeldBack(open)) return;
    const { connection } = open;
    more = await connection.takeTurn(() => sendNext(parts, connection));
  }
}

/** Looks for due updates every second, until stopped. A HIS that is slow keeps no other waiting. */
export function startUpdatingPatients(parts: PatientUpdateParts): Repeated {
  const busy = new Map<string, Promise<void>>();
  const look = async (): Promise<void> => {
    for (const id of await connectionsWithDueUpdates(parts.db)) {
      if (busy.has(id)) continue;
      const sending = sendDueUpdates(parts, id)
        .catch((error: unknown) =>
          parts.log.warn({ err: error, connectionId: id }, 'updates of patients were not sent'),
        )
        .finally(() => busy.delete(id));
      busy.set(id, sending);
    }
  };
  const looks = repeat(look, {
    everyMs: SWEEP_MS,
    firstAfterMs: SWEEP_MS,
    onError: (error) => parts.log.warn({ err: error }, 'no look for updates of patients; tried again soon'),
  });
  return {
    stop: async () => {
      await looks.stop();
      await Promise.all(busy.values());
    },
  };
}

/** True when one was due. */
async function sendNext(parts: PatientUpdateParts, connection: Connection): Promise<boolean> {
  const { row, connector } = connection;
  // The lease is ours from now on; a process that was stopped meanwhile must not send any more: another may have sent a newer one.
  const since = thisMoment();
  const held = await takeDueUpdate(parts.db, row.id, row.policy.writeDeadlineMs + LEASE_MARGIN_MS);
  if (!held) return false;
  const patient = await readUpdatedPatient(parts.db, parts.keys, held);
  if (!patient) {
    await forgetUpdate(parts.db, held);
    return true;
  }
  // Where the HIS has no register that can be asked, the hub's id is the patient's key, once a booking has told it.
  const key = patient.externalId ?? (patient.booked && !connector.matchPatient ? patient.id : null);
  if (key === null) {
    if (!patient.underWay) await forgetUpdate(parts.db, held);
    else await endUpdate(parts.db, held, waiting('patient-not-known-yet', UNKNOWN_PATIENT_MS));
    return true;
  }
  // The database was slow: that is no failure of the HIS.
  if (elapsedMs(since) >= row.policy.writeDeadlineMs) {
    await endUpdate(parts.db, held, waiting('deadline', UNKNOWN_PATIENT_MS));
    return true;
  }
  const outcome = await send(parts, connection, held, atHis(patient, key), since);
  parts.log.info(
    {
      connectionId: row.id,
      transactionId: held.transactionId,
      class: outcome.class,
      code: outcome.class === 'success' ? undefined : outcome.reason,
    },
    outcome.class === 'success'
      ? 'a change of a patient reached the HIS'
      : 'a change of a patient did not reach the HIS',
  );
  await endUpdate(parts.db, held, await endAfter(parts, connection, held, outcome));
  return true;
}

const waiting = (errorCode: string, pauseMs: number): UpdateEnd => ({
  state: 'pending',
  errorClass: null,
  errorCode,
  pauseMs,
  tried: false,
});

async function endAfter(
  { db }: PatientUpdateParts,
  { row }: Connection,
  { tries }: HeldUpdate,
  outcome: Outcome,
): Promise<UpdateEnd> {
  if (outcome.class === 'success') {
    return { state: 'sent', errorClass: null, errorCode: null, pauseMs: 0, tried: false };
  }
  const { policy } = row;
  const why = { errorClass: outcome.class, errorCode: outcome.reason };
  switch (reactionTo(outcome.class, 'book', 0, { ...policy, retriesMax: 1 })) {
    case 'refused':
    case 'given-up':
      return { state: 'refused', ...why, pauseMs: 0, tried: false };
    case 'held-back': {
      const probeAt = new Date(Date.now() + policy.breakerResetMs).toISOString();
      await parkConnection(db, row.id, outcome.reason, probeAt);
      return { state: 'pending', ...why, pauseMs: policy.breakerResetMs, tried: false };
    }
    default: {
      const pauseMs = tries > policy.retriesMax ? TIRED_MS : retryPauseMs(policy, tries, outcome.retryAfterMs);
      return { state: 'pending', ...why, pauseMs, tried: true };
    }
  }
}

const atHis = (
  { id: _id, seal: _seal, booked: _booked, underWay: _underWay, ...person }: UpdatedPatient,
  key: string,
): PatientAtHis => ({
  ...person,
  externalId: key,
});

function send(
  { log }: PatientUpdateParts,
  connection: Connection,
  { transactionId, tries }: HeldUpdate,
  patient: PatientAtHis,
  since: Moment,
): Promise<Outcome> {
  const { connector, row } = connection;
  const unsupported: Outcome = { class: 'unsupported', reason: 'no-updates' };
  return connection.guarded(async () => {
    const made = await makeCall<Outcome>(
      {
        operation: 'update-patient',
        connection,
        transactionId,
        attempt: tries + 1,
        deadlineMs: row.policy.writeDeadlineMs,
        since,
        log,
      },
      (call) => connector.updatePatient?.(call, patient) ?? Promise.resolve(unsupported),
      (refusal) => refusal,
    );
    return made.value;
  });
}
