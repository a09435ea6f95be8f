/** A page of what a HIS offers, compared with the model and written into it: unless it is off as a whole, or was not all understood. */
import type { FoundSlot } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import { mirrorSlots, tellChangedSlots, type ChangedSlot } from '../connections/mirror-slots.ts';
import type { Sql } from '../db/database.ts';
import { settlementOf } from '../domain/index.ts';
import { keepDrift, type NewDrift } from '../ledger/drift.ts';
import { compareSlots, type SlotDifferences } from './compare-slots.ts';
import type { Shift } from './find-shift.ts';
import type { Reading, Window } from './read-his.ts';

export interface SlotReading extends Reading<FoundSlot> {
  /** When it began, by the clock of the database. */
  readonly begunAt: string;
}

export interface WrittenSlots {
  readonly kept: number;
  readonly vanished: number;
  /** Offered, while the hub has taken them: the hub's ids. */
  readonly contested: readonly string[];
  readonly shift: Shift | undefined;
}

/** Call inside the database transaction that holds the lease of the reader. */
export async function writeSlots(
  tx: Sql,
  { row }: Connection,
  window: Window,
  reading: SlotReading,
): Promise<WrittenSlots> {
  const at = { organizationId: row.organization_id, connectionId: row.id };
  const offered = reading.items;
  const differences = await compareSlots(tx, row.id, window, { begunAt: reading.begunAt, offered });
  if (differences.shift) {
    await keepDrift(tx, { ...at, runId: null }, [shiftDrift(differences.shift)]);
    return { kept: 0, vanished: 0, contested: [], shift: differences.shift };
  }
  const isFirst = await isFirstReading(tx, row.id);
  const changed = await followSlots(
    tx,
    at,
    row.policy,
    reading,
    differences,
    await leftOutMore(tx, row.id, reading, differences),
  );
  if (!isFirst) await tellChangedSlots(tx, at, changed);
  return {
    kept: offered.length - differences.unplaced.length,
    vanished: changed.filter((each) => each.status === 'busy').length,
    contested: differences.contested,
    shift: undefined,
  };
}

/** Writes what the policy lets be written. */
export function followSlots(
  tx: Sql,
  at: { readonly organizationId: string; readonly connectionId: string },
  policy: Parameters<typeof settlementOf>[0],
  { begunAt, items }: SlotReading,
  { ghosts, missing }: SlotDifferences,
  isIncomplete: boolean,
): Promise<readonly ChangedSlot[]> {
  const follows = (kind: 'ghost-slot' | 'missing-slot'): boolean =>
    settlementOf(policy, kind, 'edit-at-his') === 'his-wins';
  const unwanted = new Set(follows('missing-slot') ? [] : missing.map(({ found }) => found.externalId));
  return mirrorSlots(tx, at, {
    begunAt,
    offered: items.filter((slot) => !unwanted.has(slot.externalId)),
    vanished: follows('ghost-slot') && !isIncomplete ? ghosts.map((slot) => slot.id) : [],
  });
}

/**
 * Whether so much more was left out than ever before that what is missing may be among it: then nothing is taken for gone. What a
 * reading without such a doubt left out is what this HIS always has left out.
 */
export async function leftOutMore(
  tx: Sql,
  connectionId: string,
  { leftOut }: Pick<SlotReading, 'leftOut'>,
  { ghosts }: Pick<SlotDifferences, 'ghosts'>,
): Promise<boolean> {
  if (leftOut === 0) return false;
  const usual = await tx.query<{ left_out: number }>('select left_out from poll where connection_id = $1', [
    connectionId,
  ]);
  const more = leftOut - (usual.rows[0]?.left_out ?? 0);
  if (ghosts.length > 0 && ghosts.length <= more) return true;
  await tx.query('update poll set left_out = greatest(left_out, $2) where connection_id = $1', [connectionId, leftOut]);
  return false;
}

/** One row for the whole feed, however much of it is off. */
export const shiftDrift = ({ cause, byMinutes, stepMs, count }: Shift): NewDrift => ({
  kind: 'moved-outside',
  cause,
  subject: `feed/${byMinutes}`,
  settlement: 'ask',
  details: { byMinutes, count, ...(stepMs === undefined ? {} : { step: new Date(stepMs).toISOString() }) },
});

async function isFirstReading(tx: Sql, connectionId: string): Promise<boolean> {
  const found = await tx.query('select 1 from connection where id = $1 and synchronised_at is null', [connectionId]);
  return found.rowCount === 1;
}
