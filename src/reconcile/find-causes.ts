/** Why HIS and model differ, as far as it can be told from what the HIS has told by itself, and from what could not be read. */
import type { Connection } from '../connections/connection.ts';
import { settlementOf, type DriftCause } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import type { NewDrift } from '../ledger/drift.ts';
import type { Difference } from './compare-appointments.ts';

/** An event that came in so much after it happened was late. */
const LATE_MS = 60_000;

export interface Suspect {
  readonly difference: Difference;
  /** It could not be read here: a key or a code that nothing explains. */
  readonly isUnreadable: boolean;
}

/** The events that would have told it. */
const EVENTS: Readonly<Record<Difference['kind'], readonly string[]>> = {
  'ghost-slot': ['busy', 'booked', 'moved', 'modified'],
  'booked-outside': ['busy', 'booked', 'moved', 'modified'],
  'missing-slot': ['free', 'cancelled', 'moved'],
  'cancelled-outside': ['cancelled'],
  'moved-outside': ['moved', 'modified', 'booked'],
  'changed-provider': ['moved', 'modified', 'booked', 'told'],
  'patient-merged': ['modified', 'moved', 'booked'],
  'orphan-at-his': ['booked', 'moved', 'modified'],
  'unknown-to-his': ['cancelled'],
};

/** `hasFeed`: the HIS tells by itself what changes there. The causes come in the order of the suspects. */
async function findCauses(
  sql: Sql,
  connectionId: string,
  suspects: readonly Suspect[],
  hasFeed: boolean,
): Promise<DriftCause[]> {
  const told = hasFeed ? await toldAbout(sql, connectionId, suspects) : new Map<number, boolean>();
  const kinds = hasFeed ? await kindsTold(sql, connectionId) : new Set<string>();
  return suspects.map(({ difference, isUnreadable }, index) => {
    if (isUnreadable) return 'mapping';
    const isLate = told.get(index);
    if (isLate !== undefined) return isLate ? 'late-event' : 'edit-at-his';
    // A feed that never tells such things has not missed one.
    return kinds.has(noticeKind(difference)) ? 'missed-event' : 'edit-at-his';
  });
}

/** With its cause, and how it is settled by the policy of the connection. */
export async function withCauses(tx: Sql, connection: Connection, suspects: readonly Suspect[]): Promise<NewDrift[]> {
  const { row, feed } = connection;
  const causes = await findCauses(tx, row.id, suspects, feed !== undefined);
  return suspects.map(({ difference }, index): NewDrift => {
    const cause = causes[index] ?? 'edit-at-his';
    const settlement = settlementOf(row.policy, difference.kind, cause);
    // What was not understood cannot be followed, whoever is believed.
    return { ...difference, cause, settlement: cause === 'mapping' ? 'ask' : settlement };
  });
}

const noticeKind = ({ kind, appointmentId }: Difference): string => {
  if (kind === 'changed-provider' && appointmentId === undefined) return 'provider';
  return kind === 'ghost-slot' || kind === 'missing-slot' ? 'slot' : 'appointment';
};

async function kindsTold(sql: Sql, connectionId: string): Promise<ReadonlySet<string>> {
  const found = await sql.query<{ kind: string }>(
    `select distinct kind from notice where connection_id = $1 and received_at > now() - interval '30 days'`,
    [connectionId],
  );
  const kinds = new Set(found.rows.map((row) => row.kind));
  // Whoever tells of appointments has told of the time that they take, too.
  if (kinds.has('appointment')) kinds.add('slot');
  return kinds;
}

/** By the index of the suspect: whether what was told of it came too late. Absent: nothing was told. */
async function toldAbout(
  sql: Sql,
  connectionId: string,
  suspects: readonly Suspect[],
): Promise<ReadonlyMap<number, boolean>> {
  const rows = suspects.map(({ difference }, index) => ({
    index,
    external_id: difference.externalId ?? null,
    provider: difference.details['providerExternalId'] ?? null,
    start: difference.details['start'] ?? null,
    events: EVENTS[difference.kind],
  }));
  const found = await sql.query<{ index: number; is_late: boolean }>(
    `with asked as (select * from jsonb_to_recordset($2) as d (index int, external_id text, provider text, start timestamptz, events jsonb)),
     told as (
       select a.index, n.* from asked a join notice n on n.connection_id = $1 and n.kind in ('slot', 'appointment', 'provider')
         and n.external_id = a.external_id and a.events ? n.event
       union
       select a.index, n.* from asked a join notice n on n.connection_id = $1 and n.provider_external_id = a.provider
         and n.start_at = a.start and a.events ? n.event)
     select index, bool_or(not applied or received_at - event_at > $3 * interval '1 ms' or exists (
       select 1 from notice o where o.connection_id = $1 and o.provider_external_id = told.provider_external_id
         and o.start_at = told.start_at and o.event_at > told.event_at and o.applied)) as is_late
     from told
     where received_at > now() - interval '30 days' group by index`,
    [connectionId, JSON.stringify(rows), LATE_MS],
  );
  return new Map(found.rows.map((row) => [row.index, row.is_late]));
}
