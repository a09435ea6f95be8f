/** What appointments a HIS has, by the best way there is: its list; what it has told by itself; or a look at each that the hub knows. */
import { newId } from '../db/new-id.ts';
import type { FoundAppointment } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import { makeCall } from '../connections/make-call.ts';
import type { Sql } from '../db/database.ts';
import type { Seal } from '../ledger/seal.ts';
import type { PatientKeys, WrappedKey } from '../ledger/keyring.ts';
import { openIdentifier, type Named } from '../ledger/patient-fields.ts';
import { HIS_KEY, readWorkOrder } from '../ledger/work-order.ts';
import { readAppointments, type ReadingParts, type Window } from './read-his.ts';
import { pagesOf } from './synchronise.ts';

export interface SeenAppointment extends Omit<FoundAppointment, 'start'> {
  /** Undefined: only its status is known. */
  readonly start?: string;
  /** The hub's patient, where the HIS's key of it is not told. */
  readonly patientId?: string;
}

export interface SeenAppointments {
  readonly appointments: readonly SeenAppointment[];
  /** What is not among them does not exist at the HIS. */
  readonly isComplete: boolean;
  readonly leftOut: number;
}

/** A HIS that is asked patient by patient is asked about so many of them. */
const PATIENTS_MAX = 2_000;
const LOOKS_MAX = 2_000;

export interface SeeingParts extends ReadingParts {
  readonly seal: Seal;
  readonly keys: PatientKeys;
}

/** For somebody who looks at one provider: a HIS that is asked patient by patient is asked about this one's only. */
export interface OnlyOf {
  readonly providerId: string;
  readonly deadlineMs: number;
}

/** Throws NotRead. */
export async function seeAppointments(
  parts: SeeingParts,
  connection: Connection,
  window: Window,
  pageDays: number,
  only?: OnlyOf,
): Promise<SeenAppointments> {
  const { connector, row, feed } = connection;
  if (connector.listAppointments) return listed(parts, connection, window, pageDays, only);
  if (feed) return { appointments: await told(parts.db, row.id, window), isComplete: false, leftOut: 0 };
  return { appointments: await lookedUp(parts, connection, window, only), isComplete: false, leftOut: 0 };
}

async function listed(
  parts: SeeingParts,
  connection: Connection,
  window: Window,
  pageDays: number,
  only: OnlyOf | undefined,
): Promise<SeenAppointments> {
  const patients = await patientsOf(parts, connection.row.id, only && { ...only, ...window });
  const appointments = new Map<string, FoundAppointment>();
  let leftOut = 0;
  for (const page of pagesOf(window, pageDays)) {
    const reading = await readAppointments(parts, connection, { ...page, patients }, only?.deadlineMs);
    for (const each of reading.items) appointments.set(each.externalId, each);
    leftOut += reading.leftOut;
  }
  return { appointments: [...appointments.values()], isComplete: leftOut === 0, leftOut };
}

interface Known extends WrappedKey, Named {
  readonly sealed: Buffer;
}

/** Those with appointments of the hub first, the latest first; `only`: those with appointments there and then. */
async function patientsOf(
  { db, keys }: SeeingParts,
  connectionId: string,
  only: (OnlyOf & Window) | undefined,
): Promise<string[]> {
  const found = await db.query<Known & Record<string, unknown>>(
    `select e.organization_id as "organizationId", e.entity_id as "patientId", e.sealed, k.version, k.wrapped
     from external_identifier e join patient_key k on k.patient_id = e.entity_id
     left join lateral (select max(a.updated_at) as at from appointment a where a.patient_id = e.entity_id and a.connection_id = $1) a on true
     where e.connection_id = $1 and e.entity = 'patient' and e.system = $2
       and ($4::uuid is null or e.entity_id in (
         select patient_id from appointment where provider_id = $4 and start_at >= $5 and start_at < $6))
     order by a.at desc nulls last limit $3`,
    [connectionId, HIS_KEY, PATIENTS_MAX, only?.providerId ?? null, only?.from ?? null, only?.to ?? null],
  );
  const kept = { connectionId, system: HIS_KEY };
  return Promise.all(
    found.rows.map(async (row) => {
      const seal = await keys.sealOf(row.organizationId, row.patientId, row);
      return openIdentifier(seal, row, kept, row.sealed);
    }),
  );
}

/** The newest that was told about each. */
async function told(sql: Sql, connectionId: string, window: Window): Promise<SeenAppointment[]> {
  const found = await sql.query<{
    external_id: string;
    event: string;
    provider: string | null;
    start_at: string | null;
    end_at: string | null;
    transaction_id: string | null;
    patient_id: string | null;
  }>(
    `select distinct on (external_id) external_id, event, provider_external_id as provider, start_at, end_at, transaction_id, patient_id
     from notice where connection_id = $1 and kind = 'appointment' and applied and external_id in (
       select external_id from notice where connection_id = $1 and kind = 'appointment' and start_at >= $2 and start_at < $3)
     order by external_id, event_at desc, (event = 'cancelled') desc, sequence desc`,
    [connectionId, window.from, window.to],
  );
  return found.rows.map((row) => ({
    externalId: row.external_id,
    status: row.event === 'cancelled' ? 'cancelled' : 'booked',
    ...(row.start_at === null ? {} : { start: row.start_at }),
    ...(row.end_at === null ? {} : { end: row.end_at }),
    ...(row.provider === null ? {} : { providerExternalId: row.provider }),
    ...(row.transaction_id === null ? {} : { transactionId: row.transaction_id }),
    ...(row.patient_id === null ? {} : { patientId: row.patient_id }),
  }));
}

/** Of each appointment of the hub whether it stands: that much every HIS can be asked. */
async function lookedUp(
  parts: SeeingParts,
  connection: Connection,
  window: Window,
  only: OnlyOf | undefined,
): Promise<SeenAppointment[]> {
  const { db, log } = parts;
  const { row, connector } = connection;
  const found = await db.query<{ external_id: string; transaction_id: string }>(
    `select a.external_id, t.id as transaction_id from appointment a
     join lateral (select id from transaction t where t.appointment_id = a.id and t.state = 'succeeded' and t.kind <> 'cancel'
       order by t.sequence desc limit 1) t on true
     join patient p on p.id = a.patient_id and p.sealed is not null
     where a.connection_id = $1 and a.status in ('booked', 'arrived') and a.external_id is not null
       and a.start_at >= $2 and a.start_at < $3 and ($5::uuid is null or a.provider_id = $5) order by a.start_at limit $4`,
    [row.id, window.from, window.to, LOOKS_MAX, only?.providerId ?? null],
  );
  const seen: SeenAppointment[] = [];
  for (const each of found.rows) {
    const work = await readWorkOrder(db, parts, each.transaction_id);
    const { seal: _seal, ...known } = work.patient;
    const patient = { ...known, externalId: known.externalId ?? known.id };
    const { identifiers } = work.appointment;
    const { external_id: externalId } = each;
    const made = await connection.takeTurn(() =>
      makeCall(
        {
          operation: 'reconcile',
          connection,
          transactionId: newId(),
          attempt: 1,
          deadlineMs: row.policy.readDeadlineMs,
          log,
        },
        (call) =>
          connector.lookup(call, { kind: 'cancel', externalId, identifiers, slot: work.slot, patient, reason: null }),
        ({ reason }) => ({ kind: 'inconclusive' as const, reason }),
      ),
    );
    if (made.value.kind === 'found') seen.push({ externalId, status: 'cancelled' });
  }
  return seen;
}
