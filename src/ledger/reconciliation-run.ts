/** Reconciliations that were asked for, by a person or by the schedule; one open run for each connection. */
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import { DEFAULT_POLL_PLAN } from '../domain/index.ts';
import { appendEvents } from './event.ts';

export interface Run {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
}

const COLUMNS = `id, organization_id as "organizationId", connection_id as "connectionId"`;

/** Asked for while one is open, it is that one. Returns its id. */
export async function askReconciliation(sql: Sql, connectionId: string, askedBy: string): Promise<string> {
  const asked = await sql.query<{ id: string }>(
    `insert into reconciliation_run as r (id, organization_id, connection_id, asked_by)
     select $2, organization_id, id, $3 from connection where id = $1
     on conflict (connection_id) where state in ('waiting', 'running') do update set asked_by = coalesce(r.asked_by, excluded.asked_by)
     returning id`,
    [connectionId, newId(), askedBy],
  );
  const [row] = asked.rows;
  if (!row) throw new Error(`connection ${connectionId} does not exist`);
  return row.id;
}

/** Those that the schedule asks for now, of active connections that are read. */
export async function scheduleReconciliations(sql: Sql): Promise<void> {
  const due = await sql.query<{ id: string }>(
    `with due as (
       update poll p set reconcile_due_at = now() + coalesce((c.policy -> 'poll' ->> 'reconcileMs')::float8, $1) * interval '1 ms'
       from connection c where c.id = p.connection_id and c.state = 'active' and p.reconcile_due_at <= now()
         and c.synchronised_at is not null
       returning c.id, c.organization_id)
     select id, organization_id from due`,
    [DEFAULT_POLL_PLAN.reconcileMs],
  );
  for (const { id } of due.rows) {
    await sql.query(
      `insert into reconciliation_run (id, organization_id, connection_id) select $2, organization_id, id from connection where id = $1
       on conflict do nothing`,
      [id, newId()],
    );
  }
}

/** The oldest open run whose HIS nobody reads: a new one, or one whose process has died. */
export async function dueReconciliation(sql: Sql): Promise<Run | undefined> {
  const found = await sql.query<Run & Record<string, unknown>>(
    `select ${COLUMNS} from reconciliation_run r
     where state in ('waiting', 'running') and not exists (
       select 1 from poll p where p.connection_id = r.connection_id and p.lease_until >= now())
     order by asked_at limit 1`,
  );
  return found.rows[0];
}

export async function beginReconciliation(sql: Sql, runId: string): Promise<void> {
  await sql.query(
    `update reconciliation_run set state = 'running', started_at = coalesce(started_at, now()) where id = $1`,
    [runId],
  );
}

/** `errorCode`: why it could not be done. */
export async function endReconciliation(
  tx: Sql,
  run: Run,
  end: { readonly counts: Readonly<Record<string, unknown>>; readonly errorCode?: string },
): Promise<void> {
  const state = end.errorCode === undefined ? 'done' : 'failed';
  await tx.query(
    'update reconciliation_run set state = $2, counts = $3, error_code = $4, ended_at = now() where id = $1',
    [run.id, state, end.counts, end.errorCode ?? null],
  );
  await appendEvents(tx, [
    {
      type: state === 'done' ? 'reconciliation.finished' : 'reconciliation.failed',
      organizationId: run.organizationId,
      connectionId: run.connectionId,
      data: { runId: run.id, ...end.counts, ...(end.errorCode === undefined ? {} : { errorCode: end.errorCode }) },
    },
  ]);
}
