/**
 * The first attempt of a booking that waits for nothing: leased, begun and read in one statement, together with others. Committed
 * before it is given back, so that no byte leaves for the HIS before the ledger knows.
 */
import { v4 as uuidv4 } from 'uuid';
import { newId } from '../db/new-id.ts';
import { edgeFor } from '../domain/index.ts';
import { askedRows, DatabaseAway, Grouped, prepared, type Database } from '../db/database.ts';
import { IS_OLDEST_OPEN, IS_WITHDRAWN } from './hand-over.ts';
import type { Lease } from './lease.ts';
import { FIRST_WORK_ORDER, openWork, WORK, type Openers, type SealedWork, type WorkOrder } from './work-order.ts';

export interface FirstAttempt {
  readonly held: Lease;
  readonly attempt: { readonly id: string; readonly number: number };
  readonly work: WorkOrder;
}

export interface Wanted {
  readonly transactionId: string;
  readonly step: string;
  readonly leaseMs: number;
  readonly mappingVersion: string | undefined;
  /** Of the connection that it is to be sent by: when that has changed since, nothing is begun. */
  readonly connectionRevision: number;
}

const ASKED = askedRows({
  transaction_id: 'uuid',
  lease_token: 'uuid',
  lease_until: 'timestamptz',
  attempt_id: 'uuid',
  step: 'text',
  mapping_version: 'text',
  connection_revision: 'bigint',
  event_id: 'uuid',
});

const BEGIN = prepared(`
  with ${ASKED}, mine as (
    select mine.id, mine.organization_id, mine.connection_id, mine.appointment_id, k.lease_token, k.lease_until, k.attempt_id,
      k.step, k.mapping_version, k.event_id
    from asked k cross join lateral (
      select t.id, t.organization_id, t.connection_id, t.appointment_id from transaction t
      where t.id = k.transaction_id
        and t.kind = 'book' and t.state = 'queued' and t.attempts = 0 and t.step is null and t.mapping_version is null
        and t.due_at <= now() + interval '50 ms' and ${IS_OLDEST_OPEN}
        and exists (select 1 from connection c
          where c.id = t.connection_id and c.state = 'active' and c.revision = k.connection_revision)
        and not (${IS_WITHDRAWN})
      for update of t skip locked) as mine
  ), leased as (
    update transaction t set state = $3, lease_token = mine.lease_token, lease_until = mine.lease_until, attempts = 1,
      step = mine.step, mapping_version = mine.mapping_version
    from mine where t.id = mine.id
  ), begun as (
    insert into attempt (id, transaction_id, number, step, purpose, lease_token)
    select attempt_id, id, 1, step, 'execute', lease_token from mine
  ), told as (
    insert into event (id, organization_id, type, connection_id, appointment_id, transaction_id, data)
    select event_id, organization_id, $4::text, connection_id, appointment_id, id, jsonb_build_object() from mine
  )
  select mine.organization_id, mine.connection_id, mine.appointment_id, read.work
  from mine cross join lateral (
    select ${FIRST_WORK_ORDER} as work
    from ${WORK}
    where t.id = mine.id limit 1) as read`);

interface Row extends Record<string, unknown> {
  readonly work: SealedWork<Omit<WorkOrder, 'reason' | 'knownExternalIds'>>;
  readonly organization_id: string;
  readonly connection_id: string;
  readonly appointment_id: string;
}

export class FirstAttempts {
  readonly #openers: Openers;
  readonly #grouped: Grouped<Wanted, SealedAttempt | undefined>;

  constructor({ db, ...openers }: Openers & { readonly db: Database }) {
    this.#openers = openers;
    this.#grouped = new Grouped((wanted) => begin(db, wanted), { keys: ({ transactionId }) => [transactionId] });
  }

  /** Undefined: it is not the first one, not due, not open, or somebody else's; nothing was done then. */
  async begin(wanted: Wanted): Promise<FirstAttempt | undefined> {
    const begun = await this.#grouped.ask(wanted);
    return begun && { ...begun, work: await openWork(this.#openers, begun.work) };
  }
}

type SealedAttempt = Omit<FirstAttempt, 'work'> & { readonly work: SealedWork };

async function begin(db: Database, wanted: readonly Wanted[]): Promise<(SealedAttempt | undefined)[]> {
  const edge = edgeFor('queued', 'leased');
  const asked = wanted.map(({ transactionId, step, leaseMs, mappingVersion, connectionRevision }) => ({
    transaction_id: transactionId,
    lease_token: uuidv4(),
    lease_until: new Date(Date.now() + leaseMs).toISOString(),
    attempt_id: newId(),
    step,
    mapping_version: mappingVersion,
    connection_revision: connectionRevision,
    event_id: newId(),
  }));
  const begun = await db
    .query<Row>(BEGIN, [JSON.stringify(asked), asked.length, edge.to, edge.emits])
    .catch((error: unknown) => {
      if (error instanceof DatabaseAway) throw error;
      // One of them violates something: by steps it turns out which.
      return { rows: [] };
    });
  const rows = new Map(begun.rows.map((row) => [row.work.id, row]));
  return asked.map(({ transaction_id: id, lease_token: leaseToken, attempt_id: attemptId }) => {
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
      attempt: { id: attemptId, number: 1 },
      // As it was before this attempt. Only a cancellation has a sealed reason.
      work: { ...row.work, step: null, mappingVersion: null, reason: null, knownExternalIds: [] },
    };
  });
}
