/** The key for what belongs to no patient. The root key wraps it, so that a new root key need not touch what is sealed. */
import { randomBytes } from 'node:crypto';
import type { Sql } from '../db/database.ts';
import type { KeyWrapper } from './key-wrapper.ts';

export const HUB_KEY_ROW = 'hub_key';

/** Made at the first start. Throws WrongRootKey when the database was sealed with another root key. */
export async function openHubKey(sql: Sql, wrapper: KeyWrapper): Promise<Buffer> {
  const found = await read(sql);
  if (found) return wrapper.unwrap(HUB_KEY_ROW, found.wrapped, found.wrapped_by);
  const wrapped = await wrapper.wrap(HUB_KEY_ROW, randomBytes(32));
  // Of several processes that start at once, one makes the key.
  await sql.query('insert into hub_key (wrapped, wrapped_by) values ($1, $2) on conflict do nothing', [
    wrapped,
    wrapper.id,
  ]);
  const made = await read(sql);
  if (!made) throw new Error('the key of the hub was not kept');
  return wrapper.unwrap(HUB_KEY_ROW, made.wrapped, made.wrapped_by);
}

async function read(sql: Sql): Promise<{ readonly wrapped: Buffer; readonly wrapped_by: string } | undefined> {
  const found = await sql.query<{ wrapped: Buffer; wrapped_by: string }>('select wrapped, wrapped_by from hub_key');
  return found.rows[0];
}
