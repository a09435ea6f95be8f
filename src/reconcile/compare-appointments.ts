/** Appointments of the hub beside those that the HIS shows. */
import type { Sql } from '../db/database.ts';
import { isId } from '../domain/index.ts';
import type { NewDrift } from '../ledger/drift.ts';
import type { BlindIndex } from '../ledger/blind-index.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import type { Stand } from './find-shift.ts';
import type { Window } from './read-his.ts';
import type { SeenAppointment, SeenAppointments } from './see-appointments.ts';
import { IS_UNDER_WAY, isOver, type AtHis } from './settle-drift.ts';

export interface HubAppointment {
  readonly id: string;
  readonly status: string;
  readonly externalId: string | null;
  readonly slotId: string;
  readonly slotExternalId: string | null;
  readonly providerExternalId: string | null;
  readonly patientId: string;
  /** A blind index of it. */
  readonly patientKey: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly isUnderWay: boolean;
  /** ms since the epoch. */
  readonly updatedMs: number;
  readonly transactionIds: readonly string[];
}

/** A difference before its cause is known. */
export type Difference = Omit<NewDrift, 'cause' | 'settlement'>;

export interface AppointmentDifferences {
  readonly differences: readonly Difference[];
  /** Appointments that are pending here, and booked at the HIS: their booking is to be looked up before anything is sent. */
  readonly pendingHere: readonly { readonly appointmentId: string; readonly seen: SeenAppointment }[];
  /** Booked times at the HIS of which the hub has no appointment. */
  readonly foreign: readonly SeenAppointment[];
  /** What can be compared by time, here and there. */
  readonly hubStands: readonly Stand[];
  readonly hisStands: readonly Stand[];
}

const EXTERNAL = (entity: string, id: string): string => `(select e.value from external_identifier e
  where e.connection_id = a.connection_id and e.entity = '${entity}' and e.entity_id = ${id} and e.system = $2)`;

async function hubAppointments(
  sql: Sql,
  connectionId: string,
  window: Window,
  seen: readonly SeenAppointment[],
): Promise<HubAppointment[]> {
  const found = await sql.query<HubAppointment & Record<string, unknown>>(
    `select a.id, a.status, a.external_id as "externalId", a.slot_id as "slotId", s.external_id as "slotExternalId",
       ${EXTERNAL('provider', 'a.provider_id')} as "providerExternalId", a.patient_id as "patientId",
       ${EXTERNAL('patient', 'a.patient_id')} as "patientKey",
       extract(epoch from a.start_at)::float8 * 1000 as "startMs", extract(epoch from a.end_at)::float8 * 1000 as "endMs",
       extract(epoch from a.updated_at)::float8 * 1000 as "updatedMs",
       ${IS_UNDER_WAY} as "isUnderWay",
       array(select t.id::text from transaction t where t.appointment_id = a.id) as "transactionIds"
     from (select * from appointment where connection_id = $1 and start_at >= $3 and start_at < $4
       union select * from appointment where connection_id = $1 and external_id = any($5)
       union select a.* from appointment a join transaction t on t.appointment_id = a.id where t.id = any($6) and a.connection_id = $1) a
     join slot s on s.id = a.slot_id`,
    [
      connectionId,
      HIS_KEY,
      window.from,
      window.to,
      seen.map((each) => each.externalId),
      seen.flatMap(({ transactionId }) => (transactionId !== undefined && isId(transactionId) ? [transactionId] : [])),
    ],
  );
  return found.rows;
}

const STANDS: ReadonlySet<string> = new Set(['booked', 'arrived', 'fulfilled', 'noshow']);

/** `begunAt`: what the hub has done since is newer than what was seen. */
export async function compareAppointments(
  { sql, index }: { readonly sql: Sql; readonly index: BlindIndex },
  connectionId: string,
  window: Window,
  { appointments, isComplete }: SeenAppointments,
  begunAt: string,
): Promise<AppointmentDifferences> {
  const hub = await hubAppointments(sql, connectionId, window, appointments);
  const byKey = new Map(hub.flatMap((each) => (each.externalId === null ? [] : [[each.externalId, each] as const])));
  const matched = new Map<string, SeenAppointment>();
  const differences: Difference[] = [];
  const pendingHere: { appointmentId: string; seen: SeenAppointment }[] = [];
  const foreign: SeenAppointment[] = [];
  const begunMs = Date.parse(begunAt);
  const keyOf = ({ patientExternalId }: SeenAppointment): string | undefined =>
    patientExternalId === undefined ? undefined : index.identifier(HIS_KEY, patientExternalId);
  const mergedInto = await patientsNamed(
    sql,
    connectionId,
    appointments.flatMap((seen) => keyOf(seen) ?? []),
  );
  const patientOf = (seen: SeenAppointment): string | undefined => seen.patientId ?? mergedInto.get(keyOf(seen) ?? '');

  for (const seen of appointments) {
    const mine = byKey.get(seen.externalId) ?? withoutKey(hub, seen, patientOf(seen));
    if (mine) matched.set(mine.id, seen);
    if (!mine) {
      if (seen.status !== 'booked' || Date.parse(seen.start ?? '') < begunMs) continue;
      foreign.push(seen);
      if (seen.transactionId !== undefined) differences.push(orphan(seen, patientOf(seen), undefined));
      continue;
    }
    if (mine.updatedMs >= begunMs) continue;
    if (mine.isUnderWay) {
      if (mine.status === 'pending' && seen.status === 'booked') pendingHere.push({ appointmentId: mine.id, seen });
      continue;
    }
    const found = differenceOf(mine, seen, patientOf(seen), keyOf(seen));
    if (found) differences.push(found);
  }
  const standing = hub.filter(
    (each) => each.status === 'booked' && !each.isUnderWay && each.updatedMs < begunMs && each.startMs >= begunMs,
  );
  if (isComplete) {
    for (const each of standing) {
      if (matched.has(each.id) || each.externalId === null) continue;
      if (each.startMs >= Date.parse(window.to)) continue;
      differences.push({
        kind: 'unknown-to-his',
        subject: `appointment/${each.id}`,
        appointmentId: each.id,
        slotId: each.slotId,
        externalId: each.externalId,
        details: { start: new Date(each.startMs).toISOString() },
      });
    }
  }
  const pairs = standing.flatMap((each) => {
    const seen = matched.get(each.id);
    return seen?.start !== undefined && seen.status === 'booked' ? [{ each, startMs: Date.parse(seen.start) }] : [];
  });
  return {
    differences,
    pendingHere,
    foreign,
    hubStands: pairs.map(({ each }) => ({ key: each.id, startMs: each.startMs })),
    hisStands: pairs.map(({ each, startMs }) => ({ key: each.id, startMs })),
  };
}

function withoutKey(
  hub: readonly HubAppointment[],
  seen: SeenAppointment,
  patientId: string | undefined,
): HubAppointment | undefined {
  return (
    hub.find((each) => seen.transactionId !== undefined && each.transactionIds.includes(seen.transactionId)) ??
    // A booking whose answer has not come, or was lost with a restored database, has no key yet.
    hub.find(
      (each) =>
        each.externalId === null &&
        each.status === 'pending' &&
        each.patientId === patientId &&
        each.providerExternalId === seen.providerExternalId &&
        each.startMs === Date.parse(seen.start ?? ''),
    )
  );
}

function differenceOf(
  mine: HubAppointment,
  seen: SeenAppointment,
  patientId: string | undefined,
  patientKey: string | undefined,
): Difference | undefined {
  const about = {
    subject: `appointment/${mine.id}`,
    appointmentId: mine.id,
    slotId: mine.slotId,
    externalId: seen.externalId,
    details: { ...atHis(withEnd(seen, mine), patientId) },
  };
  if (isOver(mine.status)) {
    // Of a refused booking that stands at the HIS nobody may know; of one that is over here and there nothing is to be said.
    if (seen.status !== 'booked') return undefined;
    return orphan(seen, patientId, mine);
  }
  if (seen.status === 'cancelled') return STANDS.has(mine.status) ? { kind: 'cancelled-outside', ...about } : undefined;
  if (seen.start !== undefined && Date.parse(seen.start) !== mine.startMs) return { kind: 'moved-outside', ...about };
  const { providerExternalId = mine.providerExternalId } = seen;
  if (providerExternalId !== mine.providerExternalId) return { kind: 'changed-provider', ...about };
  const isMerged =
    patientKey !== undefined &&
    mine.patientKey !== null &&
    patientKey !== mine.patientKey &&
    patientId !== mine.patientId;
  return isMerged ? { kind: 'patient-merged', ...about } : undefined;
}

const orphan = (
  seen: SeenAppointment,
  patientId: string | undefined,
  mine: HubAppointment | undefined,
): Difference => ({
  kind: 'orphan-at-his',
  subject: `at-his/${seen.externalId}`,
  externalId: seen.externalId,
  transactionId: seen.transactionId !== undefined && isId(seen.transactionId) ? seen.transactionId : undefined,
  appointmentId: mine?.id,
  details: { ...atHis(mine ? withEnd(seen, mine) : seen, patientId ?? mine?.patientId) },
});

/** Where the HIS says only when it starts, it lasts as long as it did. */
const withEnd = (seen: SeenAppointment, { startMs, endMs }: HubAppointment): SeenAppointment =>
  seen.end !== undefined || seen.start === undefined
    ? seen
    : { ...seen, end: new Date(Date.parse(seen.start) + endMs - startMs).toISOString() };

const atHis = (seen: SeenAppointment, patientId: string | undefined): AtHis => ({
  ...(seen.start === undefined ? {} : { start: new Date(seen.start).toISOString() }),
  ...(seen.end === undefined ? {} : { end: new Date(seen.end).toISOString() }),
  ...(seen.providerExternalId === undefined ? {} : { providerExternalId: seen.providerExternalId }),
  ...(seen.locationExternalId === undefined ? {} : { locationExternalId: seen.locationExternalId }),
  ...(seen.slotExternalId === undefined ? {} : { slotExternalId: seen.slotExternalId }),
  ...(patientId === undefined ? {} : { patientId }),
});

/** The hub's patients by blind indexes of the keys that the HIS uses. */
async function patientsNamed(
  sql: Sql,
  connectionId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await sql.query<{ value: string; id: string }>(
    `select value, entity_id as id from external_identifier
     where connection_id = $1 and entity = 'patient' and system = $2 and value = any($3)`,
    [connectionId, HIS_KEY, keys],
  );
  return new Map(found.rows.map((row) => [row.value, row.id]));
}
