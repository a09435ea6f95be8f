/** Tells of feeds that have fallen silent, once, and of those that are heard again. What was told is a row: of all processes one tells it. */
import type { Database } from '../db/database.ts';
import { PRODUCTION_POLICY, repeat, type Log, type Repeated } from '../domain/index.ts';
import { appendEvents } from './event.ts';

const LOOK_MS = 1_000;

export interface FeedNews {
  readonly connectionId: string;
  readonly organizationId: string;
  /** RFC 3339; null: never. */
  readonly heardAt: string | null;
}

const HEARD = `(select m.received_at from received_message m where m.connection_id = c.id order by m.received_at desc limit 1)`;

// A connection that never told anything is given as long as one that did.
const SILENT = `
  insert into feed_silence (connection_id, heard_at)
  select c.id, h.heard_at from connection c cross join lateral (select ${HEARD} as heard_at) h
  where c.adapter = any($1) and c.state <> 'paused'
    and coalesce(h.heard_at, c.created_at) < now() - coalesce((c.policy ->> 'feedSilentAfterMs')::float8, $2) * interval '1 ms'
    and not exists (select 1 from feed_silence f where f.connection_id = c.id)
  on conflict do nothing returning connection_id, heard_at`;

const SPEAKS = `
  delete from feed_silence f using connection c cross join lateral (select ${HEARD} as heard_at) h
  where c.id = f.connection_id and h.heard_at > coalesce(f.heard_at, '-infinity')
  returning f.connection_id, h.heard_at`;

/** `adapters`: those whose HISs tell by themselves. */
export function tellFeeds(
  db: Database,
  adapters: readonly string[],
): Promise<{ readonly silent: readonly FeedNews[]; readonly heard: readonly FeedNews[] }> {
  return db.transaction(async (tx) => {
    const news = async (text: string, values: readonly unknown[]): Promise<FeedNews[]> => {
      const found = await tx.query<{ connectionId: string; organizationId: string; heardAt: string | null }>(
        `with told as (${text})
         select c.id as "connectionId", c.organization_id as "organizationId", told.heard_at as "heardAt"
         from told join connection c on c.id = told.connection_id`,
        values,
      );
      return found.rows;
    };
    const silent = await news(SILENT, [adapters, PRODUCTION_POLICY.feedSilentAfterMs]);
    const heard = await news(SPEAKS, []);
    const event = (type: string) => (each: FeedNews) => ({
      type,
      organizationId: each.organizationId,
      connectionId: each.connectionId,
      data: { heardAt: each.heardAt },
    });
    await appendEvents(tx, [
      ...silent.map(event('connection.feed_silent')),
      ...heard.map(event('connection.feed_heard')),
    ]);
    return { silent, heard };
  });
}

/** Looks now and then every second, until stopped. */
export const startTellingFeeds = (db: Database, adapters: readonly string[], log: Log): Repeated =>
  repeat(
    async () => {
      const { silent, heard } = await tellFeeds(db, adapters);
      for (const each of silent) log.warn({ ...each }, 'a HIS that should tell by itself has fallen silent');
      for (const each of heard) log.info({ ...each }, 'a HIS that had fallen silent is heard again');
    },
    {
      everyMs: LOOK_MS,
      onError: (error) => log.warn({ err: error }, 'silent feeds were not looked for; tried again soon'),
    },
  );
