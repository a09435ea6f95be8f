/** How many processes of this hub are alive: what one HIS takes at once is shared out among them. */
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import type { Log } from '../domain/index.ts';

const BEAT_MS = 2_000;
/** Not seen for so long, a process is gone. */
const GONE_AFTER = `interval '10 seconds'`;

export interface Presence {
  /** Processes that work, this one included; 1 at least. */
  readonly workers: number;
  stop(): Promise<void>;
}

const BEAT = `with here as (
    insert into process_presence (id, works) values ($1, $2) on conflict (id) do update set seen_at = now() returning id),
  gone as (delete from process_presence where seen_at < now() - ${GONE_AFTER} and id <> $1)
  select count(*)::int as workers from process_presence where works and seen_at >= now() - ${GONE_AFTER} and id <> $1`;

/** Says now, and then every two seconds, that this process is here. `works`: it takes transactions from the queue. */
export async function startPresence(sql: Sql, works: boolean, log: Log): Promise<Presence> {
  const id = newId();
  let others = 0;
  const beat = async (): Promise<void> => {
    const { rows } = await sql.query<{ workers: number }>(BEAT, [id, works]);
    others = rows[0]?.workers ?? 0;
  };
  await beat();
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= beat()
      .catch((error: unknown) => log.warn({ err: error }, 'this process could not tell the others that it lives'))
      .finally(() => (running = undefined));
  }, BEAT_MS);
  return {
    get workers() {
      return Math.max(1, others + (works ? 1 : 0));
    },
    async stop() {
      clearInterval(timer);
      await running;
      await sql.query('delete from process_presence where id = $1', [id]).catch(() => {});
    },
  };
}
