/** The database in memory as the hub's transaction code uses a pool of connections. */
import type pg from 'pg';
import { undoAll, type MemoryDatabase, type QueryResult } from './database.ts';
import type { Undo } from './table.ts';

/** The two methods that a transaction needs; nothing ever fails but a statement. */
export function asPool(database: MemoryDatabase): pg.Pool {
  const connect = () => {
    let undo: Undo = [];
    let failed = false;
    const query = (text: string, values?: readonly unknown[]): QueryResult & { command: string } => {
      if (text.startsWith('begin')) undo = [];
      if (text === 'rollback' || (text === 'commit' && failed)) undoAll(undo);
      if (text === 'commit' || text === 'rollback' || text.startsWith('begin')) {
        return { command: failed ? 'ROLLBACK' : text.toUpperCase(), rows: [], rowCount: 0 };
      }
      try {
        return { command: '', ...database.run(text, values, undo) };
      } catch (error) {
        failed = true;
        throw error;
      }
    };
    return Promise.resolve({
      query: (text: string, values?: readonly unknown[]) => Promise.resolve().then(() => query(text, values)),
      release: () => {},
    });
  };
  return { connect } as unknown as pg.Pool;
}
