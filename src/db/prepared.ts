/** Statements that Postgres parses and plans once for each connection, because they run again and again. */
import { createHash } from 'node:crypto';

const names = new Map<string, string>();

/** Gives the text back, and remembers it. For constant texts only: each is kept by every connection as long as that lasts. */
export function prepared(text: string): string {
  if (!names.has(text)) names.set(text, `tessera_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`);
  return text;
}

const inOrder = new Set<string>();

/**
 * As prepared(), for a statement that is to take the first rows of an index, in its order, and to end there. Postgres, which does not know
 * the parameters, may expect one row where there are a thousand: then it reads all of them by a bitmap, and sorts them. Of such a statement it may
 * not, where that is asked by itself for an organization (organizations.ts); in a transaction, or for the hub, nothing is different.
 */
export function preparedInOrder(text: string): string {
  inOrder.add(text);
  return prepared(text);
}

export const isInOrder = (text: string): boolean => inOrder.has(text);

/**
 * SQL: lists among the parameters of such a statement, e.g. `lists('$2::uuid[]')`. Where Postgres sees how long a list is it takes a
 * plan for each length to be better than one for all, and plans with every call: that costs several times what the statement does.
 * Source: PostgreSQL, src/backend/utils/cache/plancache.c (choose_custom_plan).
 */
export const lists = (...parameters: readonly string[]): string =>
  parameters.map((parameter) => `(select ${parameter})`).join(', ');

/** What node-postgres is given for a statement. */
export function statement(text: string, values: readonly unknown[] | undefined) {
  const name = names.get(text);
  const given = values === undefined ? {} : { values: [...values] };
  return name === undefined ? { text, ...given } : { name, text, ...given };
}
