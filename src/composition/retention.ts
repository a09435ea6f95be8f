/** Drops what was kept long enough, and makes room for what comes. */
import { letRecordsGo } from '../audit/let-go.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { isLockNotHad } from '../db/lock-not-had.ts';
import {
  countPartition,
  dropPartition,
  makePartitions,
  overPartitions,
  setRetention,
  type OverPartition,
  type PartitionRows,
} from '../db/partitions.ts';
import { repeat, type Log, type Repeated, type Retention } from '../domain/index.ts';
import { forgetAnswers, forgetPositions } from '../ledger/forget.ts';
import { openKeptHubKey } from '../ledger/hub-key.ts';
import { openRootWrapper } from '../ledger/key-wrapper.ts';
import { readKeptRootKeys } from '../ledger/root-key.ts';
import { createSeal, type Seal } from '../ledger/seal.ts';
import { withDatabaseOf } from './own-database.ts';

const EVERY_MS = 3_600_000;

/** A piece whose time is over, and what became of its rows, or would. */
export interface RetiredPartition extends OverPartition, PartitionRows {}

export interface Retired {
  readonly partitions: readonly RetiredPartition[];
  /** Pieces that others held for too long: they are dropped the next time. */
  readonly postponed: readonly string[];
  /** Organizations whose audit is not sound: nothing of it is dropped. */
  readonly damaged: readonly string[];
  /** Kept answers that were deleted. */
  readonly answers: number;
}

export interface RetentionParts {
  readonly db: Database;
  readonly seal: Seal;
}

/** Drops all whose time is over and that nobody needs. Any number of processes may call it. */
export async function retire({ db, seal }: RetentionParts): Promise<Retired> {
  await makePartitions(db);
  const over = await overPartitions(db);
  const audit = over.findLast(({ table }) => table === 'audit_record');
  const damaged = audit ? await letRecordsGo(db, seal, audit.until) : [];
  const partitions: RetiredPartition[] = [];
  const postponed: string[] = [];
  for (const each of over) {
    try {
      partitions.push({ ...each, ...(await dropPartition(db, each.name)) });
    } catch (error) {
      if (!isLockNotHad(error)) throw error;
      postponed.push(each.name);
    }
  }
  const events = partitions.findLast(({ table, going }) => table === 'event' && going > 0);
  if (events) await forgetPositions(db, events.until);
  return { partitions, postponed, damaged, answers: await forgetAnswers(db) };
}

/** At once, and each hour. */
export const startRetiring = (parts: RetentionParts, log: Log): Repeated =>
  repeat(
    async () => {
      const { partitions, postponed, damaged, answers } = await retire(parts);
      for (const { name, going, staying } of partitions.filter((each) => each.going > 0))
        log.info({ partition: name, going, staying }, 'kept long enough: dropped');
      if (answers > 0) log.info({ count: answers }, 'answers that were kept long enough were deleted');
      if (postponed.length > 0) log.warn({ postponed }, 'kept long enough, but in use: dropped in an hour');
      if (damaged.length > 0)
        log.error(
          { damaged },
          'the audit of organizations is not sound, and nothing of it is dropped: npx tessera verify',
        );
    },
    {
      everyMs: EVERY_MS,
      onError: (error) => log.warn({ err: error }, 'what was kept long enough was not dropped; tried again in an hour'),
    },
  );

/** For the command line: `isDry`: nothing is dropped, and counted is what would be. */
export async function retentionOf(config: Config, isDry: boolean): Promise<Retired> {
  const wrapper = await openRootWrapper(() => readKeptRootKeys(config.dataDir, config.rootKey));
  return withDatabaseOf(config, 'leave it to that one: it drops what is over each hour', async (db) => {
    const seal = createSeal(await openKeptHubKey(db, wrapper));
    if (!isDry) {
      await setRetention(db, config.retention);
      return retire({ db, seal });
    }
    return { partitions: await whatWouldGo(db, config.retention), postponed: [], damaged: [], answers: 0 };
  });
}

/** By days that are not set yet: they are, in a database transaction that comes to nothing. */
async function whatWouldGo(db: Database, retention: Retention): Promise<readonly RetiredPartition[]> {
  const partitions: RetiredPartition[] = [];
  const undone = new Error('only counted');
  const counting = db.transaction(async (tx) => {
    await setRetention(tx, retention);
    for (const each of await overPartitions(tx)) partitions.push({ ...each, ...(await countPartition(tx, each.name)) });
    throw undone;
  });
  await counting.catch((error: unknown) => {
    if (error !== undone) throw error;
  });
  return partitions;
}
