/**
 * Nothing is lost: whatever is open in the ledger and due, but has no job that will come to it, is called again; leases of
 * workers that died are ended. The queue may forget everything; this does not.
 */
import type { Sql } from '../db/database.ts';
import { repeat, type Log, type Repeated } from '../domain/index.ts';
import { endExpiredLeases } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/settle.ts';
import { IS_OLDEST_OPEN } from '../ledger/hand-over.ts';

const SWEEP_MS = 1_000;
const EXPIRED_MAX = 2_000;
/** Of one connection, so that no other waits for its many. */
const WOKEN_MAX = 500;
/** A job that is on its way deserves this long before it is called again. */
const GRACE = `interval '3 seconds'`;

/** What was called for is not called for again before; it waits for its turn somewhere, or its call was lost. */
const AGAIN_MS = 10_000;

/** What works in this process. */
export interface Working {
  /** It waits for its turn here, or has it: nobody need call for it. */
  has(transactionId: string): boolean;
  /** More is due at this connection than is called for. */
  overflows(connectionId: string): void;
}

interface Forgotten extends Record<string, unknown> {
  readonly id: string;
  readonly connection_id: string;
  readonly due_at: string;
}

export interface Sweeping {
  readonly working?: Working | undefined;
  /** What was called for lately, and when by the monotonic clock. */
  readonly called?: Map<string, number>;
  /** Once it is aborted nothing more is sent. */
  readonly stopping?: AbortSignal;
}

export async function sweep(
  ledger: Ledger,
  { working, called = new Map(), stopping }: Sweeping = {},
): Promise<{ readonly expired: number; readonly woken: number }> {
  const now = performance.now();
  const swept = await ledger.db.transaction(async (tx) => {
    const expired = await endExpiredLeases(tx, EXPIRED_MAX);
    const forgotten = await readForgotten(tx, expired);
    for (const [connectionId, rows] of Map.groupBy(forgotten, ({ connection_id }) => connection_id)) {
      if (rows.length >= WOKEN_MAX) working?.overflows(connectionId);
    }
    for (const [id, at] of called) if (now - at > AGAIN_MS) called.delete(id);
    for (const id of expired) called.delete(id);
    const woken = forgotten.filter(({ id }) => !called.has(id) && !working?.has(id));
    // Whoever comes next sweeps again.
    if (woken.length > 0 && !stopping?.aborted) {
      await ledger.queue.send(tx, ...woken.map((row) => ({ transactionId: row.id, dueAt: row.due_at })));
    }
    return { expired: expired.length, woken };
  });
  for (const { id } of swept.woken) called.set(id, now);
  return { expired: swept.expired, woken: swept.woken.length };
}

/** The longest due of each connection, and those that have just been freed. */
async function readForgotten(tx: Sql, freed: readonly string[]): Promise<readonly Forgotten[]> {
  const found = await tx.query<Forgotten>(
    `select due.id, due.connection_id, due.due_at from connection c
     cross join lateral (
       select id, connection_id, due_at from transaction t
       where connection_id = c.id and state in ('queued', 'retrying', 'parked', 'unknown') and due_at < now() - ${GRACE}
         and ${IS_OLDEST_OPEN}
       order by due_at limit $1) as due`,
    [WOKEN_MAX],
  );
  if (freed.length === 0) return found.rows;
  const more = await tx.query<Forgotten>(
    `select id, connection_id, due_at from transaction t
     where id = any($1) and state in ('queued', 'retrying', 'parked', 'unknown') and ${IS_OLDEST_OPEN}`,
    [freed],
  );
  return [...found.rows, ...more.rows];
}

/** Sweeps now and then every second, until stopped. */
export function startSweeper(ledger: Ledger, log: Log, working?: Working): Repeated {
  const called = new Map<string, number>();
  return repeat(
    async (stopping) => {
      const swept = await sweep(ledger, { working, called, stopping });
      if (swept.expired > 0) log.warn(swept, 'transactions of a lost worker will be looked up at their HIS');
    },
    {
      everyMs: SWEEP_MS,
      onError: (error) => log.warn({ err: error }, 'the sweep failed; the next one tries again'),
    },
  );
}
