/**
 * Events for those who listen now. One reader of the database for each process, whoever listens; who lags behind what is kept in
 * memory reads for itself until it has caught up. Nothing is kept for anybody: each listener says where it is.
 */
import type { Database, Sql } from '../db/database.ts';
import { pause, type Log } from '../domain/index.ts';
import { cloudEvent, EVENT_COLUMNS, EVENT_OF_POSITION, type CloudEvent, type PlacedEvent } from './event.ts';
import { lastPosition, placeWaiting } from './order.ts';

export interface Interest {
  readonly organizationId: string;
  /** Only events of the appointments that this client has asked for; undefined: all of the organization. */
  readonly clientId?: string;
  /** Exactly these; undefined: all. */
  readonly types?: ReadonlySet<string>;
  readonly connectionId?: string;
  readonly appointmentId?: string;
}

/** `position` is where to go on, also when nothing in it was of interest. */
export interface Page {
  readonly position: number;
  readonly events: readonly CloudEvent[];
}

interface HeardEvent extends PlacedEvent {
  /** Who has asked for a change of its appointment. */
  readonly clients: readonly string[];
}

const POLL_MS = 100;
const KEPT_MAX = 2_000;
const PAGE = 500;

const SELECT = `select p.position, ${EVENT_COLUMNS},
    array(select distinct t.client_id from transaction t where t.appointment_id = e.appointment_id) as clients
  from event_position p ${EVENT_OF_POSITION}`;

export class LiveEvents {
  readonly #db: Database;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** The last ones, consecutive; what is up to `#keptAfter` is not among them. */
  #kept: HeardEvent[] = [];
  #keptAfter = 0;
  #last = 0;
  #listeners = 0;
  #changed = Promise.withResolvers<void>();

  constructor(db: Database, log: Log) {
    this.#db = db;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#last = this.#keptAfter = await lastPosition(this.#db);
    this.#running = this.#run();
  }

  /** Ends every listener's stream. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#changed.resolve();
    await this.#running;
  }

  /**
   * What happened after `after`, then what happens; undefined: all that happens once this has resolved. A page without news comes every
   * `beatMs`. Errors: DatabaseAway.
   */
  async listen(
    interest: Interest,
    after: number | undefined,
    beatMs: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Page>> {
    const last = await lastPosition(this.#db);
    // An id of another hub, or of this one before it was restored, may lie in the future.
    return this.#pages(interest, Math.min(after ?? last, last), beatMs, signal);
  }

  async *#pages(interest: Interest, after: number, beatMs: number, signal: AbortSignal): AsyncIterable<Page> {
    const over = AbortSignal.any([signal, this.#stopping.signal]);
    let position = after;
    this.#listeners += 1;
    try {
      for (let quietSince = Date.now(); !over.aborted;) {
        const changed = this.#changed.promise;
        const page = await this.#after(position, interest);
        const moved = page.position > position;
        position = page.position;
        if (page.events.length > 0 || Date.now() - quietSince >= beatMs) {
          quietSince = Date.now();
          yield page;
        } else if (!moved) {
          await Promise.race([changed, pause(Math.max(1, beatMs - (Date.now() - quietSince)), over)]);
        }
      }
    } finally {
      this.#listeners -= 1;
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const last = await placeWaiting(this.#db);
        if (last > this.#last) await this.#hear(last);
      } catch (error) {
        this.#log.warn({ err: error }, 'events were not read; tried again');
        await pause(1_000, signal);
      }
      await pause(POLL_MS, signal);
    }
  }

  async #hear(last: number): Promise<void> {
    if (this.#listeners === 0) {
      this.#kept = [];
      this.#keptAfter = last;
    } else {
      const heard = await this.#read(`where p.position > $1 and p.position <= $2 order by p.position limit $3`, [
        this.#last,
        last,
        KEPT_MAX,
      ]);
      const kept = [...this.#kept, ...heard];
      const dropped = kept.length - KEPT_MAX;
      if (dropped > 0) this.#keptAfter = kept[dropped - 1]?.position ?? this.#keptAfter;
      this.#kept = dropped > 0 ? kept.slice(dropped) : kept;
      last = heard.length === KEPT_MAX ? (heard.at(-1)?.position ?? last) : last;
    }
    this.#last = last;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async #after(position: number, interest: Interest): Promise<Page> {
    if (position >= this.#keptAfter) {
      const fresh = this.#kept.filter((each) => each.position > position).slice(0, PAGE);
      return { position: fresh.at(-1)?.position ?? position, events: this.#wanted(fresh, interest) };
    }
    const until = this.#last;
    const found = await this.#read(
      `where p.position > $1 and p.position <= $2 and e.organization_id = $3 order by p.position limit $4`,
      [position, until, interest.organizationId, PAGE],
    );
    return {
      position: found.length < PAGE ? until : (found.at(-1)?.position ?? until),
      events: this.#wanted(found, interest),
    };
  }

  #wanted(events: readonly HeardEvent[], interest: Interest): CloudEvent[] {
    return events.filter((each) => isWanted(each, interest)).map(cloudEvent);
  }

  async #read(condition: string, values: readonly unknown[]): Promise<readonly HeardEvent[]> {
    const sql: Sql = this.#db;
    return (await sql.query<HeardEvent & Record<string, unknown>>(`${SELECT} ${condition}`, values)).rows;
  }
}

/** Apps are not told who works at the desks of an organization. */
const OF_THE_DESKS = 'work.assigned';

function isWanted(
  event: HeardEvent,
  { organizationId, clientId, types, connectionId, appointmentId }: Interest,
): boolean {
  return (
    event.organizationId === organizationId &&
    (clientId === undefined || (event.clients.includes(clientId) && event.type !== OF_THE_DESKS)) &&
    (types === undefined || types.has(event.type)) &&
    (connectionId === undefined || event.connectionId === connectionId) &&
    (appointmentId === undefined || event.appointmentId === appointmentId)
  );
}
