/**
 * Attempts of bookings that wait for nothing more: leased, begun and read in one statement, together with others; the first of a
 * booking, and those after a failure or a pause of the HIS, when thousands are due at once. Committed before it is given back, so that
 * no byte leaves for the HIS before the ledger knows. What lease.ts does step by step, for whatever is not plain.
 */
import { v4 as uuidv4 } from 'uuid';
import { newId } from '../db/new-id.ts';
import { edgeFor, type TransactionTrigger } from '../domain/index.ts';
import { askedRows, DatabaseAway, Grouped, prepared, type Database } from '../db/database.ts';
import { IS_OLDEST_OPEN, IS_WITHDRAWN } from './hand-over.ts';
import type { Lease } from './lease.ts';
import { openWork, WORK, WORK_ORDER, type Openers, type SealedWork, type WorkOrder } from './work-order.ts';

/** The states from which a booking is begun, and the edge that makes it `queued` first. */
const WAKING = { queued: undefined, retrying: 'due', parked: 'resumed' } as const satisfies Record<
  string,
  TransactionTrigger | undefined
>;

export interface BegunBooking {
  readonly held: Lease;
  readonly attempt: { readonly id: string; readonly number: number };
  readonly work: WorkOrder;
}

export interface Wanted {
  readonly transactionId: string;
  /** As it was last seen: when that has changed since, nothing is begun, for then what is read of it may be older than it is. */
  readonly state: keyof typeof WAKING;
  readonly attempts: number;
  readonly mappingBegan: string | null;
  readonly step: string;
  readonly leaseMs: number;
  readonly mappingVersion: string | undefined;
  /** Of the connection that it is to be sent by: when that has changed since, nothing is begun. */
  readonly connectionRevision: number;
}

const ASKED = askedRows({
  transaction_id: 'uuid',
  state: 'text',
  attempts: 'integer',
  lease_token: 'uuid',
  lease_ms: 'integer',
  attempt_id: 'uuid',
  step: 'text',
  mapping_began: 'text',
  mapping_version: 'text',
  connection_revision: 'bigint',
});

const BEGIN = prepared(`
  with ${ASKED}, mine as (
    select mine.id, mine.organization_id, mine.connection_id, mine.appointment_id, k.attempts + 1 as number, k.lease_token,
      k.lease_ms, k.attempt_id, k.step, coalesce(k.mapping_version, k.mapping_began) as mapping_version
    from asked k cross join lateral (
      select t.id, t.organization_id, t.connection_id, t.appointment_id from transaction t
      where t.id = k.transaction_id
        and t.kind = 'book' and t.state = k.state and t.attempts = k.attempts and t.state in ('queued', 'retrying', 'parked')
        and (t.step is null or t.step = k.step) and t.mapping_version is not distinct from k.mapping_began
        and t.due_at <= now() + interval '50 ms' and ${IS_OLDEST_OPEN}
        and exists (select 1 from connection c
          where c.id = t.connection_id and c.state = 'active' and c.revision = k.connection_revision)
        and not (${IS_WITHDRAWN})
      for update of t skip locked) as mine
  ), leased as (
    update transaction t set state = $3, lease_token = mine.lease_token, lease_until = now() + mine.lease_ms * interval '1 ms', attempts = mine.number,
      step = mine.step, mapping_version = mine.mapping_version
    from mine where t.id = mine.id
  ), begun as (
    insert into attempt (id, transaction_id, number, step, purpose, lease_token)
    select attempt_id, id, number, step, 'execute', lease_token from mine
  ), told as (
    insert into event (id, organization_id, type, connection_id, appointment_id, transaction_id, data)
    select e.id, mine.organization_id, e.type, mine.connection_id, mine.appointment_id, e.transaction_id, jsonb_build_object()
    from jsonb_to_recordset($4) as e (place integer, id uuid, transaction_id uuid, type text)
    join mine on mine.id = e.transaction_id order by e.place
  )
  select mine.organization_id, mine.connection_id, mine.appointment_id, mine.number, read.work
  from mine cross join lateral (
    select ${WORK_ORDER} as work
    from ${WORK}
    where t.id = mine.id limit 1) as read`);

interface Row extends Record<string, unknown> {
  readonly work: SealedWork<Omit<WorkOrder, 'reason'>>;
  readonly organization_id: string;
  readonly connection_id: string;
  readonly appointment_id: string;
  readonly number: number;
}

export class BookingAttempts {
  readonly #openers: Openers;
  readonly #grouped: Grouped<Wanted, SealedAttempt | undefined>;

  constructor({ db, ...openers }: Openers & { readonly db: Database }) {
    this.#openers = openers;
    this.#grouped = new Grouped((wanted) => begin(db, wanted), { keys: ({ transactionId }) => [transactionId] });
  }

  /** Undefined: it is not plain, not due, not open, or somebody else's; nothing was done then. */
  async begin(wanted: Wanted): Promise<BegunBooking | undefined> {
    const begun = await this.#grouped.ask(wanted);
    return begun && { ...begun, work: await openWork(this.#openers, begun.work) };
  }
}

type SealedAttempt = Omit<BegunBooking, 'work'> & { readonly work: SealedWork };

async function begin(db: Database, wanted: readonly Wanted[]): Promise<(SealedAttempt | undefined)[]> {
  const edge = edgeFor('queued', 'leased');
  const asked = wanted.map((each) => ({
    transaction_id: each.transactionId,
    state: each.state,
    attempts: each.attempts,
    lease_token: uuidv4(),
    lease_ms: each.leaseMs,
    attempt_id: newId(),
    step: each.step,
    mapping_began: each.mappingBegan,
    mapping_version: each.mappingVersion,
    connection_revision: each.connectionRevision,
  }));
  const told = wanted
    .flatMap(({ transactionId, state }) => {
      const wakes = WAKING[state];
      return [...(wakes ? [edgeFor(state, wakes)] : []), edge].map(({ emits }) => ({ transactionId, type: emits }));
    })
    .map(({ transactionId, type }, place) => ({ place, id: newId(), transaction_id: transactionId, type }));
  const begun = await db
    .query<Row>(BEGIN, [JSON.stringify(asked), asked.length, edge.to, JSON.stringify(told)])
    .catch((error: unknown) => {
      if (error instanceof DatabaseAway) throw error;
      // One of them violates something: by steps it turns out which.
      return { rows: [] };
    });
  const rows = new Map(begun.rows.map((row) => [row.work.id, row]));
  return asked.map(({ transaction_id: id, lease_token: leaseToken, attempt_id: attemptId, step, mapping_began }) => {
    const row = rows.get(id);
    if (!row) return undefined;
    return {
      held: {
        id,
        organizationId: row.organization_id,
        connectionId: row.connection_id,
        appointmentId: row.appointment_id,
        state: edge.to as Lease['state'],
        leaseToken,
      },
      attempt: { id: attemptId, number: row.number },
      // With the mappings as they were before this attempt. Only a cancellation has a sealed reason.
      work: { ...row.work, step, mappingVersion: mapping_began, reason: null },
    };
  });
}
