/** What the API asks of Postgres: always for one organization, and under a role that sees no other. */
import type pg from 'pg';
import type { Database } from './database.ts';
import { DatabaseAway, throwOrAway } from './database-away.ts';
import { queryAs } from './organization-query.ts';
import { openPool, type DatabaseOptions, type PoolUse } from './pool.ts';
import { statement } from './prepared.ts';
import { BEGIN, inTransaction } from './transaction.ts';

export interface Organizations {
  /** Its rows, and no others, are read and written there. Throws when `organizationId` is no UUID. */
  of(organizationId: string): Database;
  use(): PoolUse;
  /** Waits for the connections in use, then closes all. Calling it again is harmless. */
  close(): Promise<void>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `url`: of a role that row level security binds, see src/db/roles.ts. */
export function openOrganizations(url: string, options: DatabaseOptions): Organizations {
  const pool = openPool(url, options);
  return {
    use: () => pool.use(),
    close: () => pool.close(),
    of(organizationId) {
      // It becomes part of a statement's text.
      if (!UUID.test(organizationId)) throw new Error('expected the id of an organization to be a UUID');
      const begin = `${BEGIN}; set local tessera.organization = '${organizationId}'`;
      return {
        transaction: (work) => inTransaction(pool.pg, work, begin),
        async query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) {
          const client = await pool.pg.connect().catch(throwOrAway);
          let broken = false;
          try {
            return await queryAs<Row>(client, organizationId, statement(text, values)).catch(throwOrAway);
          } catch (error) {
            // An answer may still be on its way: it must not meet the next user.
            broken = error instanceof DatabaseAway;
            throw error;
          } finally {
            client.release(broken);
          }
        },
      };
    },
  };
}
