/**
 * A HIS looked at where something is said to have changed: a push, a message of its feed, or a slot that it offers although an
 * appointment of the hub has it. What is found there is settled as a reconciliation settles it; nothing is sent to the HIS.
 */
import type { FoundSlot } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import type { Sql } from '../db/database.ts';
import { pollPlan } from '../domain/index.ts';
import { keepDrift, markSettled } from '../ledger/drift.ts';
import { dueLooks, endLooks, postponeLooks, type Look } from '../ledger/look-again.ts';
import type { PollLease } from '../ledger/poll.ts';
import { compareAppointments } from './compare-appointments.ts';
import { withCauses } from './find-causes.ts';
import { withFreeTimes } from './free-times.ts';
import { writing } from './hold-lease.ts';
import { lookUpFirst } from './look-up-first.ts';
import { NotRead, readSlots, type Window } from './read-his.ts';
import { isInMaintenance } from './read-page.ts';
import type { ReconcileParts } from './reconcile.ts';
import { seeAppointments, type SeenAppointments } from './see-appointments.ts';
import { followHis } from './settle-drift.ts';
import { databaseNow } from './synchronise.ts';
import { writeSlots } from './write-slots.ts';

/** What lies so near to each other takes no more requests than one of them. */
const NEAR_MS = 12 * 3_600_000;

/** Looks at everything that is due. What cannot be read is tried again later. */
export async function lookAgain(parts: ReconcileParts, lease: PollLease, connection: Connection): Promise<void> {
  const { db, log } = parts;
  const { row } = connection;
  if (connection.breakerOpen || isInMaintenance(row.policy, Date.now())) return postponeLooks(db, row.id);
  try {
    for (const looks of nearOnes(await dueLooks(db, row.id))) await lookAt(parts, lease, connection, looks);
  } catch (error) {
    if (!(error instanceof NotRead)) throw error;
    log.warn({ connectionId: row.id, code: error.reason }, 'the HIS could not be looked at; tried again by itself');
    await postponeLooks(db, row.id);
  }
}

async function lookAt(
  parts: ReconcileParts,
  lease: PollLease,
  connection: Connection,
  looks: readonly [Look, ...Look[]],
): Promise<void> {
  const { row, connector } = connection;
  const window = { from: looks[0].from, to: (looks.at(-1) ?? looks[0]).to };
  const begunAt = await databaseNow(parts.db);
  const reading = connector.findSlots ? await readSlots(parts, connection, window) : undefined;
  const seen = await seeAppointments(parts, connection, window, pollPlan(row.policy).pageDays);
  await writing(parts.db, lease, async (tx) => {
    if (reading) await writeSlots(tx, connection, window, { ...reading, begunAt });
    await followAppointments(parts, tx, connection, { window, begunAt, seen, offered: reading?.items });
    await endLooks(tx, row.id, looks);
  });
}

interface Seen {
  readonly window: Window;
  readonly begunAt: string;
  readonly seen: SeenAppointments;
  /** Undefined where the HIS cannot be asked. */
  readonly offered: readonly FoundSlot[] | undefined;
}

async function followAppointments(
  parts: ReconcileParts,
  tx: Sql,
  connection: Connection,
  { window, begunAt, seen, offered }: Seen,
): Promise<void> {
  const { row } = connection;
  const index = await parts.keys.indexOf(row.organization_id);
  // Of an appointment that is not in this window nothing is said: it may have moved out of it.
  const found = await compareAppointments({ sql: tx, index }, row.id, window, { ...seen, isComplete: false }, begunAt);
  const differences = await withFreeTimes(tx, row.id, found.differences, offered);
  const suspects = differences.map((difference) => ({ difference, isUnreadable: false }));
  const place = { organizationId: row.organization_id, connectionId: row.id, runId: null };
  const open = await keepDrift(tx, place, await withCauses(tx, connection, suspects));
  await lookUpFirst(tx, parts, row.id, found.pendingHere);
  for (const drift of open.filter((each) => each.settlement === 'his-wins')) await followHis(tx, drift, 'policy');
  await markSettled(
    tx,
    open.filter((each) => each.settlement === 'hub-wins'),
    'hub-wins',
    'policy',
  );
}

function nearOnes(looks: readonly Look[]): [Look, ...Look[]][] {
  const groups: [Look, ...Look[]][] = [];
  for (const look of looks) {
    const last = groups.at(-1);
    if (last && Date.parse(look.from) - Date.parse(last[0].from) <= NEAR_MS) last.push(look);
    else groups.push([look]);
  }
  return groups;
}
