/**
 * Bookings that their HISs confirmed, written down together: result, state, appointment, identifiers and events of all of them in
 * one statement. What settle.ts does step by step, for whatever is not plain.
 */
import { newId } from '../db/new-id.ts';
import { edgeFor } from '../domain/index.ts';
import { askedRows, DatabaseAway, Grouped, lists, prepared } from '../db/database.ts';
import { sealExchanges, type AttemptResult } from './attempt-result.ts';
import { handOver } from './hand-over.ts';
import type { Lease } from './lease.ts';
import type { Ledger, Verdict } from './settle.ts';

interface Confirmed {
  readonly held: Lease;
  readonly result: AttemptResult;
  readonly verdict: Verdict;
}

const ASKED = askedRows({
  transaction_id: 'uuid',
  appointment_id: 'uuid',
  lease_token: 'uuid',
  attempt_id: 'uuid',
  class: 'text',
  vendor_code: 'text',
  duration_ms: 'integer',
  exchanges: 'text',
  sealed_for: 'uuid',
  external_id: 'text',
  settled_at: 'timestamptz',
});

/** Lock order everywhere: appointment, transaction, slot. Who would have to wait for the appointment goes by steps. */
const SETTLE = prepared(`
  with ${ASKED}, mine as (
    select a.id from asked k
    cross join lateral (select id from appointment where id = k.appointment_id for update skip locked) as a
    where (select e.entity_id from external_identifier e where e.entity = 'appointment' and e.entity_id = k.appointment_id
      limit 1) is null
  ), settled as (
    update transaction t set state = $5, lease_token = null, lease_until = null, settled_at = k.settled_at,
      error_class = null, error_code = null
    from asked k join mine on mine.id = k.appointment_id
    where t.id = k.transaction_id and t.state = 'sending' and t.lease_token = k.lease_token
    returning t.id
  ), result as (
    insert into attempt_result (attempt_id, class, vendor_code, duration_ms, has_exchanges)
    select k.attempt_id, k.class, k.vendor_code, k.duration_ms, k.exchanges is not null
    from asked k join settled on settled.id = k.transaction_id
  ), said as (
    insert into attempt_exchange (attempt_id, exchanges, sealed_for)
    select k.attempt_id, decode(k.exchanges, 'base64'), k.sealed_for
    from asked k join settled on settled.id = k.transaction_id where k.exchanges is not null
  ), booked as (
    update appointment a set status = 'booked', external_id = coalesce(k.external_id, a.external_id), version = a.version + 1,
      updated_at = now()
    from asked k join settled on settled.id = k.transaction_id where a.id = k.appointment_id
  ), named as (
    insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
    select n.organization_id, n.connection_id, 'appointment', n.appointment_id, n.system, n.value
    from jsonb_to_recordset($3) as n (organization_id uuid, connection_id uuid, appointment_id uuid, transaction_id uuid,
      system text, value text)
    join settled on settled.id = n.transaction_id on conflict do nothing
  ), told as (
    insert into event (id, organization_id, type, connection_id, appointment_id, transaction_id, data)
    select e.id, e.organization_id, e.type, e.connection_id, e.appointment_id, e.transaction_id, e.data
    from jsonb_to_recordset($4) as e (place integer, id uuid, organization_id uuid, type text, connection_id uuid,
      appointment_id uuid, transaction_id uuid, data jsonb)
    join settled on settled.id = e.transaction_id order by e.place
  )
  select id from settled`);

const BEHIND = prepared(`
  select appointment_id from transaction where appointment_id = any(${lists('$1::uuid[]')}::uuid[]) and state = 'queued'`);

export class ConfirmedBookings {
  readonly #ledger: Ledger;
  readonly #grouped: Grouped<Confirmed, boolean>;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#grouped = new Grouped((confirmed) => this.#settle(confirmed), { keys: ({ held }) => [held.appointmentId] });
  }

  /** False when nothing was written, because it is not plain: then settle.ts does it, or says why not. */
  async settle(held: Lease, result: AttemptResult, verdict: Verdict): Promise<boolean> {
    const isPlain =
      held.state === 'sending' &&
      verdict.kind === 'book' &&
      verdict.on === 'confirmed' &&
      verdict.errorClass === null &&
      verdict.errorCode === null &&
      result.reason === undefined;
    return isPlain && this.#grouped.ask({ held, result, verdict });
  }

  async #settle(confirmed: readonly Confirmed[]): Promise<boolean[]> {
    const settled = await this.#write(confirmed).catch((error: unknown) => {
      if (error instanceof DatabaseAway) throw error;
      // One of them violates something: by steps it turns out which.
      return new Set<string>();
    });
    const done = confirmed.filter(({ held }) => settled.has(held.id)).map(({ held }) => held.appointmentId);
    // Nobody waits for this, and should it fail, the sweeper finds what is due.
    if (done.length > 0) void this.#callNext(done).catch(() => {});
    return confirmed.map(({ held }) => settled.has(held.id));
  }

  /** After the commit: whatever was asked of these appointments meanwhile is seen now. */
  async #callNext(appointmentIds: readonly string[]): Promise<void> {
    const { db, queue } = this.#ledger;
    const behind = await db.query<{ appointment_id: string }>(BEHIND, [appointmentIds]);
    for (const id of new Set(behind.rows.map((row) => row.appointment_id))) {
      await db.transaction((tx) => handOver(tx, queue, id));
    }
  }

  async #write(confirmed: readonly Confirmed[]): Promise<ReadonlySet<string>> {
    const edge = edgeFor('sending', 'confirmed');
    const { db, seal } = this.#ledger;
    const told = confirmed.flatMap(({ held }) => [
      { ...rowOf(held), id: newId(), type: edge.emits, data: { errorClass: null, errorCode: null } },
      { ...rowOf(held), id: newId(), type: 'appointment.booked', data: {} },
    ]);
    const { rows } = await db.query<{ id: string }>(SETTLE, [
      JSON.stringify(
        confirmed.map(({ held, result, verdict }) => ({
          ...rowOf(held),
          lease_token: held.leaseToken,
          attempt_id: result.attemptId,
          class: result.class,
          vendor_code: result.vendorCode,
          duration_ms: Math.round(result.durationMs),
          exchanges: sealExchanges(seal, result)?.toString('base64'),
          sealed_for: result.patient?.id,
          external_id: verdict.externalId,
          settled_at: new Date().toISOString(),
        })),
      ),
      confirmed.length,
      JSON.stringify(
        confirmed.flatMap(({ held, verdict }) =>
          verdict.identifiers.map(({ system, value }) => ({ ...rowOf(held), system, value })),
        ),
      ),
      JSON.stringify(told.map((each, place) => ({ ...each, place }))),
      edge.to,
    ]);
    return new Set(rows.map(({ id }) => id));
  }
}

const rowOf = (held: Lease) => ({
  transaction_id: held.id,
  organization_id: held.organizationId,
  connection_id: held.connectionId,
  appointment_id: held.appointmentId,
});
