/** The key for what belongs to no patient. The root key wraps it, so that a new root key need not touch what is sealed. */
import { randomBytes } from 'node:crypto';
import type { Sql } from '../db/database.ts';
import type { KeyWrapper } from './key-wrapper.ts';

export const HUB_KEY_ROW = 'hub_key';

/** This database was a hub's already, and its key is gone. */
export class HubKeyMissing extends Error {
  constructor() {
    super(
      'the key of the hub is missing in this database (table hub_key), and what it sealed cannot be read without it: ' +
        'bring that row back from a backup. No other key is made in its place',
    );
    this.name = 'HubKeyMissing';
  }
}

/**
 * Made at the first start, while there is no organization yet. Throws WrongRootKey when the database was sealed with another root key,
 * HubKeyMissing when it had a key once.
 */
export async function openHubKey(sql: Sql, wrapper: KeyWrapper): Promise<Buffer> {
  const found = await read(sql);
  if (found) return wrapper.unwrap(HUB_KEY_ROW, found.wrapped, found.wrapped_by);
  const { wrapped, by } = await wrapper.wrap(HUB_KEY_ROW, randomBytes(32));
  // Of several processes that start at once, one makes the key.
  await sql.query(
    `insert into hub_key (wrapped, wrapped_by) select $1::bytea, $2::text where not exists (select from organization)
     on conflict do nothing`,
    [wrapped, by],
  );
  return openKeptHubKey(sql, wrapper);
}

/** The same, where there must be one: none is made. */
export async function openKeptHubKey(sql: Sql, wrapper: KeyWrapper): Promise<Buffer> {
  const kept = await read(sql);
  if (!kept) throw new HubKeyMissing();
  return wrapper.unwrap(HUB_KEY_ROW, kept.wrapped, kept.wrapped_by);
}

async function read(sql: Sql): Promise<{ readonly wrapped: Buffer; readonly wrapped_by: string } | undefined> {
  const found = await sql.query<{ wrapped: Buffer; wrapped_by: string }>('select wrapped, wrapped_by from hub_key');
  return found.rows[0];
}
