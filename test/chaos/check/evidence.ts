/** What is known from outside when everything has settled: the hospitals' journals, reads of the API, the attempts. */
import type { Client } from '../client.ts';
import type { Cluster } from '../cluster.ts';
import type { Effects } from '../hospital.ts';
import type { AppointmentBody, Story } from '../story.ts';

export interface Attempts {
  /** ms since the epoch. */
  readonly firstAt: number;
  readonly count: number;
}

export interface Evidence {
  /** By connection. The hub's own book has none: its entries stand in `ownEntries`. */
  readonly effects: ReadonlyMap<string, Effects>;
  /** Booked entries of the hub's own book, by transaction. */
  readonly ownEntries: ReadonlySet<string>;
  readonly attempts: ReadonlyMap<string, Attempts>;
  /** The last read of each appointment that a client was answered for. */
  readonly present: ReadonlyMap<Story, AppointmentBody>;
  /** Ids of all transactions that the ledger has. */
  readonly known: ReadonlySet<string>;
  /** By transaction: places of its first and last request in the journal of its HIS, reads left out. */
  readonly order: ReadonlyMap<string, { readonly first: number; readonly last: number }>;
  /** Slots that more than one living appointment of the hub has. */
  readonly doubled: readonly string[];
}

const MANY = 8;

export async function gather(cluster: Cluster, client: Client, stories: readonly Story[]): Promise<Evidence> {
  const effects = new Map<string, Effects>();
  for (const hospital of cluster.hospitals) effects.set(hospital.key, await hospital.effects());
  const present = new Map<Story, AppointmentBody>();
  const left = stories.filter((each) => each.appointmentId !== undefined);
  await Promise.all(
    Array.from({ length: MANY }, async () => {
      for (let story = left.pop(); story; story = left.pop()) {
        const reply = await client.ask({ method: 'GET', path: `/v1/appointments/${story.appointmentId}` });
        if (reply.status !== 200) continue;
        const body = reply.body as AppointmentBody;
        present.set(story, body);
        story.sightings.push({ at: Date.now(), status: body.status, version: body.version });
        story.transactionIds = body.transactions.map(({ id }) => id);
      }
    }),
  );
  const entries = await cluster.db.query<{ id: string }>(
    `select transaction_id as id from book_entry where status = 'booked'`,
  );
  const attempts = await cluster.db.query<{ id: string; first: Date | string; count: number }>(
    `select transaction_id as id, min(started_at) as first, count(*) as count from attempt group by transaction_id`,
  );
  const known = await cluster.db.query<{ id: string }>('select id from transaction');
  const doubled = await cluster.db.query<{ id: string }>(
    `select slot_id as id from appointment where status in ('pending', 'booked', 'arrived', 'fulfilled')
     group by slot_id having count(*) > 1`,
  );
  return {
    effects,
    present,
    order: orderOf(effects),
    ownEntries: new Set(entries.rows.map(({ id }) => id)),
    attempts: new Map(
      attempts.rows.map(({ id, first, count }) => [id, { firstAt: new Date(first).getTime(), count: count }]),
    ),
    known: new Set(known.rows.map(({ id }) => id)),
    doubled: doubled.rows.map(({ id }) => id),
  };
}

/** A query of HL7 v2 carries the reference of the booking that it asks about, whatever it is asked for. */
const isRead = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
  method === 'GET' || /^SQM|_search$/.test(path);

function orderOf(effects: ReadonlyMap<string, Effects>): Evidence['order'] {
  const order = new Map<string, { first: number; last: number }>();
  for (const { requests } of effects.values()) {
    for (const [place, request] of requests.entries()) {
      const { transactionId } = request;
      if (transactionId === null || isRead(request)) continue;
      const known = order.get(transactionId);
      if (known) known.last = place;
      else order.set(transactionId, { first: place, last: place });
    }
  }
  return order;
}
