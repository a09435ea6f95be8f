/**
 * One day of one provider: what the hub has, and what the HIS shows when it is asked now. Reads only; what differs is named as a
 * reconciliation names it, and nothing is written down.
 */
import { Temporal } from 'temporal-polyfill';
import type { Connection } from '../connections/connection.ts';
import { IS_RESERVED } from '../connections/mirror-slots.ts';
import { TurnRefused } from '../connections/turns.ts';
import { isId, notFound, type Caller, type DriftKind } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import { compareAppointments, type Difference } from './compare-appointments.ts';
import { compareSlots } from './compare-slots.ts';
import { dayRows, type DayRow, type Marked, type OnHisSide, type OnHubSide } from './day-rows.ts';
import { slotDifferences } from './reconcile.ts';
import { NotRead, readSlots, type Window } from './read-his.ts';
import { seeAppointments, type SeeingParts, type SeenAppointments } from './see-appointments.ts';
import { databaseNow } from './synchronise.ts';
import type { FoundSlot } from '../adapter-kit/index.ts';

/** Somebody looks at an empty page meanwhile. */
const DEADLINE_MS = 15_000;

/** contracts/schemas/provider-day.schema.json */
export interface ProviderDay {
  readonly providerId: string;
  readonly connectionId: string;
  readonly date: string;
  readonly timeZone: string;
  readonly hubAsOf: string;
  readonly hisAsOf: string | null;
  readonly hisErrorCode: string | null;
  readonly showsFreeTimes: boolean;
  readonly showsAllAppointments: boolean;
  readonly rows: readonly DayRow[];
}

interface Provider {
  readonly connectionId: string;
  readonly timeZone: string;
  readonly externalId: string | null;
}

/** `date`: by the clock of the provider's location. Errors: not-found. */
export async function seeDay(
  parts: SeeingParts,
  caller: Pick<Caller, 'organizationId'>,
  providerId: string,
  date: string,
): Promise<ProviderDay> {
  const { db } = parts;
  const provider = await readProvider(db, caller, providerId);
  const { connection } = await parts.connections.get(provider.connectionId);
  const window = dayIn(date, provider.timeZone);
  const begunAt = await databaseNow(db);
  const seen = await lookAt(parts, connection, window, providerId);
  const isRead = typeof seen !== 'string';
  const found = isRead ? await differences(parts, connection, window, seen, begunAt) : [];
  const hub = await hubSide(db, providerId, window);
  const his = isRead ? hisSide(seen, provider.externalId, window, hub) : [];
  return {
    providerId,
    connectionId: provider.connectionId,
    date,
    timeZone: provider.timeZone,
    hubAsOf: await databaseNow(db),
    hisAsOf: isRead ? begunAt : null,
    hisErrorCode: isRead ? seen.reason : seen,
    showsFreeTimes: connection.connector.findSlots !== undefined,
    showsAllAppointments: isRead && seen.appointments.isComplete,
    rows: dayRows(hub, his, found, await openDrift(db, provider.connectionId)),
  };
}

async function readProvider(sql: Sql, caller: Pick<Caller, 'organizationId'>, id: string): Promise<Provider> {
  if (!isId(id)) throw notFound('provider');
  const found = await sql.query<Provider & Record<string, unknown>>(
    `select p.connection_id as "connectionId", coalesce(place.time_zone, 'UTC') as "timeZone", e.value as "externalId"
     from provider p
     left join external_identifier e
       on e.connection_id = p.connection_id and e.entity = 'provider' and e.entity_id = p.id and e.system = $3
     left join lateral (select l.time_zone from provider_location pl join location l on l.id = pl.location_id
       where pl.provider_id = p.id order by l.name, l.id limit 1) place on true
     where p.id = $1 and p.organization_id = $2`,
    [id, caller.organizationId, HIS_KEY],
  );
  const [provider] = found.rows;
  if (!provider) throw notFound('provider');
  return provider;
}

/** A day has 23 to 25 hours. */
function dayIn(date: string, timeZone: string): Window {
  const day = Temporal.PlainDate.from(date);
  const instantOf = (begin: Temporal.PlainDate): string =>
    new Date(begin.toZonedDateTime(timeZone).epochMilliseconds).toISOString();
  return { from: instantOf(day), to: instantOf(day.add({ days: 1 })) };
}

interface Seen {
  readonly slots: readonly FoundSlot[] | undefined;
  readonly appointments: SeenAppointments;
  /** Why nothing is known of its appointments, while its free times are; a stable word. */
  readonly reason: string | null;
}

const NONE_SEEN: SeenAppointments = { appointments: [], isComplete: false, leftOut: 0 };

/** A stable word: why it could not be seen. */
async function lookAt(
  parts: SeeingParts,
  connection: Connection,
  window: Window,
  providerId: string,
): Promise<Seen | string> {
  if (connection.row.managed_by === 'hub') return 'hub-managed';
  if (connection.breakerOpen) return 'breaker-open';
  try {
    const slots = connection.connector.findSlots && (await readSlots(parts, connection, window, DEADLINE_MS));
    const only = { providerId, deadlineMs: DEADLINE_MS };
    const appointments = await seeAppointments(parts, connection, window, 1, only).catch((error: unknown) => {
      // There are HISs that show what is free to whom they do not show what is booked.
      if (slots && error instanceof NotRead) return error.reason;
      throw error;
    });
    if (typeof appointments === 'string') return { slots: slots?.items, appointments: NONE_SEEN, reason: appointments };
    const isComplete = appointments.isComplete && (slots?.leftOut ?? 0) === 0;
    return { slots: slots?.items, appointments: { ...appointments, isComplete }, reason: null };
  } catch (error) {
    if (error instanceof NotRead) return error.reason;
    if (error instanceof TurnRefused) return error.reason;
    throw error;
  }
}

async function differences(
  { db, keys }: SeeingParts,
  { row }: Connection,
  window: Window,
  { slots, appointments }: Seen,
  begunAt: string,
): Promise<readonly Difference[]> {
  const index = await keys.indexOf(row.organization_id);
  const compared = await compareAppointments({ sql: db, index }, row.id, window, appointments, begunAt);
  const ofSlots = slots && (await compareSlots(db, row.id, window, { begunAt, offered: slots }));
  return [...compared.differences, ...(ofSlots ? slotDifferences(ofSlots, compared.foreign) : [])];
}

/** Slots, and appointments that stand; what is over has left its slot. */
export async function hubSide(sql: Sql, providerId: string, window: Window): Promise<OnHubSide[]> {
  const found = await sql.query<OnHubSide & Record<string, unknown>>(
    `select s.id as "slotId", a.id as "appointmentId", coalesce(a.external_id, s.external_id) as "externalId",
       case when a.id is not null then a.status when s.status = 'free' and ${IS_RESERVED} then 'held' else s.status end as status,
       extract(epoch from s.start_at)::float8 * 1000 as "startMs", extract(epoch from s.end_at)::float8 * 1000 as "endMs"
     from slot s
     left join lateral (
       select a.* from slot_claim c join appointment a on a.id = c.appointment_id
       where c.slot_id = s.id and a.status not in ('cancelled', 'rejected') limit 1) a on true
     where s.provider_id = $1 and s.start_at >= $2 and s.start_at < $3 and (not s.withdrawn or a.id is not null)
     order by s.start_at, s.seat`,
    [providerId, window.from, window.to],
  );
  return found.rows;
}

function hisSide(
  { slots, appointments }: Seen,
  providerKey: string | null,
  window: Window,
  hub: readonly OnHubSide[],
): OnHisSide[] {
  const known = new Map(hub.flatMap((mine) => (mine.externalId === null ? [] : [[mine.externalId, mine] as const])));
  const isWithin = (startMs: number): boolean => startMs >= Date.parse(window.from) && startMs < Date.parse(window.to);
  return [
    ...(slots ?? []).flatMap((slot): OnHisSide[] =>
      slot.providerExternalId === providerKey ? [{ ...span(slot), status: 'free', externalId: slot.externalId }] : [],
    ),
    ...appointments.appointments.flatMap((each): OnHisSide[] => {
      const mine = known.get(each.externalId);
      // Of one that is over nobody needs to know, unless it stands here.
      if (!mine && (each.status === 'cancelled' || each.providerExternalId !== providerKey)) return [];
      const start = each.start ?? (mine && new Date(mine.startMs).toISOString());
      if (start === undefined || !isWithin(Date.parse(start))) return [];
      return [{ ...span({ ...each, start }), status: each.status, externalId: each.externalId }];
    }),
  ];
}

const span = ({ start, end }: { readonly start: string; readonly end?: string | undefined }) => ({
  startMs: Date.parse(start),
  endMs: end === undefined ? undefined : Date.parse(end),
});

async function openDrift(sql: Sql, connectionId: string): Promise<Marked[]> {
  const found = await sql.query<Marked & { kind: DriftKind } & Record<string, unknown>>(
    `select id, kind, slot_id as "slotId", appointment_id as "appointmentId", external_id as "externalId" from drift
     where connection_id = $1 and state = 'open'`,
    [connectionId],
  );
  return found.rows;
}
