/**
 * The database as one process of the hub sees it: the hub's own transaction code over a pool whose server is in memory, behind
 * a network that may lose the connection before or after a commit, and a process that may die between two statements.
 */
import type pg from 'pg';
import { throwOrAway } from '../../../src/db/database-away.ts';
import type { Database } from '../../../src/db/database.ts';
import { inTransaction } from '../../../src/db/transaction.ts';
import type { Clock } from './clock.ts';
import type { HubProcess } from './process.ts';
import type { Random } from './random.ts';
import { undoAll, type MemoryDatabase, type QueryResult } from './sql/database.ts';
import type { Given } from './sql/pool.ts';
import type { Undo } from './sql/table.ts';

export interface StoreFaults {
  /** Per statement or transaction, 0 to 1. */
  refused: number;
  lostBeforeCommit: number;
  lostAfterCommit: number;
  /** The process dies at a statement, 0 to 1. */
  deathAtStatement: number;
  /** The server is away. */
  isDown: boolean;
}

export interface Server {
  readonly clock: Clock;
  readonly random: Random;
  readonly database: MemoryDatabase;
  readonly faults: StoreFaults;
  /** Rewrites a statement: how a defect is planted. */
  readonly rewrite: (text: string) => string;
  /** Told after each commit. */
  readonly committed: () => void;
}

const gone = (): Error => Object.assign(new Error('the connection to the database broke'), { code: 'ECONNRESET' });

/** Never settles: who waits for it is dead. */
const forever = <T>(): Promise<T> => new Promise<T>(() => {});

interface Client {
  query(given: Given): Promise<QueryResult & { readonly command: string }>;
  release(): void;
}

export function openStore(server: Server, process: HubProcess): Database {
  const { clock, random, database, faults } = server;

  const reach = (): Promise<void> =>
    new Promise((resolve, reject) => {
      clock.after(random.between(0.2, 2), () => {
        if (faults.isDown || random.chance(faults.refused)) process.deliver(() => reject(gone()));
        else process.deliver(resolve);
      });
    });

  const dies = (): boolean => {
    if (!random.chance(faults.deathAtStatement)) return false;
    process.kill();
    return true;
  };

  const connect = async (): Promise<Client> => {
    await reach();
    let undo: Undo = [];
    let failed = false;
    const rollBack = (): void => undoAll(undo);
    return {
      query: async (given) => {
        const { text, values } = typeof given === 'string' ? { text: given } : given;
        if (text.startsWith('begin')) {
          undo = [];
          return { command: 'BEGIN', rows: [], rowCount: 0 };
        }
        if (text === 'rollback') {
          rollBack();
          return { command: 'ROLLBACK', rows: [], rowCount: 0 };
        }
        if (dies()) {
          rollBack();
          return forever();
        }
        if (text === 'commit') {
          if (failed || random.chance(faults.lostBeforeCommit)) {
            rollBack();
            if (!failed) throw gone();
            return { command: 'ROLLBACK', rows: [], rowCount: 0 };
          }
          undo = [];
          server.committed();
          const isLost = random.chance(faults.lostAfterCommit);
          return new Promise((resolve, reject) => {
            clock.after(random.between(0.1, 1), () => {
              process.deliver(() => (isLost ? reject(gone()) : resolve({ command: 'COMMIT', rows: [], rowCount: 0 })));
            });
          });
        }
        if (failed) throw new Error('current transaction is aborted');
        try {
          return { command: '', ...database.run(server.rewrite(text), values, undo) };
        } catch (error) {
          failed = true;
          throw error;
        }
      },
      release: () => {},
    };
  };

  // The two methods that the hub's transaction code uses of a pool.
  const pool = { connect } as unknown as pg.Pool;
  const query = async (text: string, values: readonly unknown[] = []): Promise<QueryResult> => {
    await reach();
    if (random.chance(faults.lostBeforeCommit)) throw gone();
    const result = database.run(server.rewrite(text), values);
    server.committed();
    if (dies()) return forever();
    if (random.chance(faults.lostAfterCommit)) throw gone();
    return result;
  };
  return {
    query: ((text: string, values?: readonly unknown[]) => query(text, values).catch(throwOrAway)) as Database['query'],
    transaction: (work) => inTransaction(pool, work),
  };
}
