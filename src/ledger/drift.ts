/** Differences between HIS and model, each written down once while it lasts, with what was done about it. */
import { newId } from '../db/new-id.ts';
import type { DriftCause, DriftKind, DriftSettlement } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { appendEvents } from './event.ts';

export interface DriftPlace {
  readonly organizationId: string;
  readonly connectionId: string;
  /** Null: found by a poll. */
  readonly runId: string | null;
}

/** Keys, times and numbers only; never what is personal. */
export type DriftDetails = Readonly<Record<string, unknown>>;

export interface NewDrift {
  readonly kind: DriftKind;
  readonly cause: DriftCause;
  /** What differs: with the kind, the same word for the same difference. */
  readonly subject: string;
  readonly settlement: DriftSettlement;
  readonly slotId?: string | undefined;
  readonly appointmentId?: string | undefined;
  readonly providerId?: string | undefined;
  readonly transactionId?: string | undefined;
  /** The HIS's key of what differs. */
  readonly externalId?: string | undefined;
  readonly details: DriftDetails;
}

export interface KeptDrift {
  readonly id: string;
  readonly kind: DriftKind;
  readonly cause: DriftCause;
  readonly subject: string;
  readonly settlement: DriftSettlement;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly slotId: string | null;
  readonly appointmentId: string | null;
  readonly providerId: string | null;
  readonly transactionId: string | null;
  readonly externalId: string | null;
  readonly details: DriftDetails;
}

/** SQL: the columns of a KeptDrift. */
export const DRIFT_COLUMNS = `id, kind, cause, subject, settlement, organization_id as "organizationId", connection_id as "connectionId",
  slot_id as "slotId", appointment_id as "appointmentId", provider_id as "providerId", transaction_id as "transactionId",
  external_id as "externalId", details`;

const ROWS = `jsonb_to_recordset($1) as n (id uuid, kind text, cause text, subject text, settlement text, slot_id uuid,
  appointment_id uuid, provider_id uuid, transaction_id uuid, external_id text, details jsonb)`;

/**
 * Returns those that are open now. What is known as open is only seen once more; so is what was left as the hub has it (hub-wins),
 * while it is the same difference.
 */
export async function keepDrift(tx: Sql, place: DriftPlace, found: readonly NewDrift[]): Promise<KeptDrift[]> {
  if (found.length === 0) return [];
  const rows = found.map((each) => ({
    id: newId(),
    kind: each.kind,
    cause: each.cause,
    subject: each.subject,
    settlement: each.settlement,
    slot_id: each.slotId ?? null,
    appointment_id: each.appointmentId ?? null,
    provider_id: each.providerId ?? null,
    transaction_id: each.transactionId ?? null,
    external_id: each.externalId ?? null,
    details: each.details,
  }));
  const kept = await tx.query<KeptDrift & { isNew: boolean } & Record<string, unknown>>(
    `with left_alone as (
       update drift d set seen_at = now() from ${ROWS}
       where d.connection_id = $3 and d.kind = n.kind and d.subject = n.subject and d.state = 'settled'
         and d.settlement = 'hub-wins' and d.details = n.details
       returning n.id)
     insert into drift as d (id, organization_id, connection_id, run_id, kind, cause, subject, settlement, slot_id, appointment_id,
       provider_id, transaction_id, external_id, details, state)
     select distinct on (n.kind, n.subject) n.id, $2, $3, $4, n.kind, n.cause, n.subject, n.settlement, n.slot_id, n.appointment_id,
       n.provider_id, n.transaction_id, n.external_id, n.details, 'open'
     from ${ROWS} where n.id not in (select id from left_alone)
     on conflict (connection_id, kind, subject) where state = 'open' do update set seen_at = now(), details = excluded.details,
       settlement = excluded.settlement, slot_id = excluded.slot_id,
       run_id = coalesce(excluded.run_id, d.run_id)
     returning ${DRIFT_COLUMNS}, xmax = 0 as "isNew"`,
    [JSON.stringify(rows), place.organizationId, place.connectionId, place.runId],
  );
  await appendEvents(
    tx,
    kept.rows.filter((each) => each.isNew).map((each) => eventOf('drift.found', each)),
  );
  return kept.rows;
}

const eventOf = (type: string, drift: KeptDrift, data: DriftDetails = {}) => ({
  type,
  organizationId: drift.organizationId,
  connectionId: drift.connectionId,
  appointmentId: drift.appointmentId,
  data: { driftId: drift.id, kind: drift.kind, cause: drift.cause, ...data },
});

/** `by`: the client who decided it; `policy` otherwise. */
export async function markSettled(
  tx: Sql,
  drift: readonly KeptDrift[],
  settlement: Exclude<DriftSettlement, 'ask'>,
  by: string,
): Promise<void> {
  if (drift.length === 0) return;
  await tx.query(
    `update drift set state = 'settled', settlement = $2, settled_at = now(), settled_by = $3, obstacle = null
     where id = any($1) and state = 'open'`,
    [drift.map((each) => each.id), settlement, by],
  );
  await appendEvents(
    tx,
    drift.map((each) => eventOf('drift.settled', each, { settlement })),
  );
}

/** It could not be settled as it was to be; it stays open, with the reason. */
export async function markObstacle(tx: Sql, driftId: string, obstacle: string): Promise<void> {
  await tx.query('update drift set obstacle = $2 where id = $1', [driftId, obstacle]);
}

/**
 * What was open and is no difference any more has settled itself. Of these kinds everything was compared since `since`
 * (by the clock of the database), of those whose subject begins with `subjects`. Returns how many.
 */
export async function settleVanished(
  tx: Sql,
  connectionId: string,
  kinds: readonly DriftKind[],
  since: string,
  subjects = '',
): Promise<number> {
  const gone = await tx.query<KeptDrift & Record<string, unknown>>(
    `select ${DRIFT_COLUMNS} from drift
     where connection_id = $1 and state = 'open' and kind = any($2) and seen_at < $3 and starts_with(subject, $4) for update`,
    [connectionId, kinds, since, subjects],
  );
  await markSettled(tx, gone.rows, 'his-wins', 'no-difference');
  return gone.rows.length;
}

/** An event that came in after all, and happened before the difference was found: it was late, not lost. */
export async function relabelLate(tx: Sql, connectionId: string): Promise<void> {
  await tx.query(
    `update drift d set cause = 'late-event' where d.connection_id = $1 and d.cause = 'missed-event'
       and d.found_at > now() - interval '7 days'
       and exists (select 1 from notice n where n.connection_id = $1 and n.received_at > d.found_at and n.event_at < d.found_at
         and n.kind in ('slot', 'appointment')
         and (n.external_id = d.external_id
           or (n.provider_external_id = d.details ->> 'providerExternalId' and n.start_at = (d.details ->> 'start')::timestamptz)))`,
    [connectionId],
  );
}
