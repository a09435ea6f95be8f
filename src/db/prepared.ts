/** Statements that Postgres parses and plans once for each connection, because they run again and again. */
import { createHash } from 'node:crypto';

const names = new Map<string, string>();

/** Gives the text back, and remembers it. For constant texts only: each is kept by every connection as long as that lasts. */
export function prepared(text: string): string {
  if (!names.has(text)) names.set(text, `tessera_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`);
  return text;
}

/** What node-postgres is given for a statement. */
export function statement(text: string, values: readonly unknown[] | undefined) {
  const name = names.get(text);
  const given = values === undefined ? {} : { values: [...values] };
  return name === undefined ? { text, ...given } : { name, text, ...given };
}
