/** The database in memory as the hub's transaction code uses a pool of connections. */
import type pg from 'pg';
import { undoAll, type MemoryDatabase, type QueryResult } from './database.ts';
import type { Undo } from './table.ts';

/** What node-postgres takes for a statement. */
export type Given = string | { readonly text: string; readonly values?: readonly unknown[] };

/** The two methods that a transaction needs; nothing ever fails but a statement. */
export function asPool(database: MemoryDatabase): pg.Pool {
  const connect = () => {
    let undo: Undo = [];
    let failed = false;
    const query = (given: Given): QueryResult & { command: string } => {
      const { text, values } = typeof given === 'string' ? { text: given } : given;
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
      query: (given: Given) => Promise.resolve().then(() => query(given)),
      release: () => {},
    });
  };
  return { connect } as unknown as pg.Pool;
}
