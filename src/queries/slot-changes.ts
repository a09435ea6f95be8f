/**
 * Whose free slots have changed since the last look, exactly: the database notes it with every change (migration 0058), and is asked
 * by snapshots, so that whatever was committed since is told, in whatever order it was begun and committed.
 */
import { Grouped, prepared, type Sql } from '../db/database.ts';

/** What was noted longer ago than one to two of these is deleted: whoever did not look for so long forgets all. */
const KEPT_MS = 15_000;

/** Of looks, under load: each costs as much as some dozens of answers that share it. */
const EVERY_MS = 2;

export interface Changed {
  /** Of a provider, or of an organization: all its providers. */
  readonly id: string;
  /** As utcDay() gives it; undefined: all. */
  readonly day: number | undefined;
}

/** Undefined: what has changed is not known. */
type Forget = (changed: readonly Changed[] | undefined) => void;

const DAY_MS = 86_400_000;

/** Days since 1970-01-01. */
export const utcDay = (epochMs: number): number => Math.floor(epochMs / DAY_MS);

/** As migration 0060 says. */
interface Look {
  readonly [column: string]: unknown;
  readonly snapshot: string;
  readonly server: string;
  /** Null at the first look. */
  readonly whole: boolean | null;
  readonly changed: readonly string[];
}

const LOOK = prepared('select snapshot, server, whole, changed from slot_changes_since($1)');

const OLDEST = `select pg_snapshot_xmin(pg_current_snapshot())::text as oldest`;

/** What is numbered as if it were yet to come was restored from the database of another server. */
const DELETE = `
  with kept as (
    update slot_change_kept set since = $1::xid8
    where since < $1::xid8 or since > pg_snapshot_xmax(pg_current_snapshot()))
  delete from slot_change where changed_by < $1::xid8 or changed_by >= pg_snapshot_xmax(pg_current_snapshot())`;

export class SlotChanges {
  readonly #sql: Sql;
  readonly #forget: Forget;
  readonly #looks: Grouped<undefined, undefined>;
  #last: Look | undefined;

  /** `sql`: sees every organization. `forget` is told of each change at least once. */
  constructor(sql: Sql, forget: Forget) {
    this.#sql = sql;
    this.#forget = forget;
    this.#looks = new Grouped(
      async (asked) => {
        await this.#look();
        return asked;
      },
      { max: Infinity, everyMs: EVERY_MS },
    );
  }

  /** Resolves when all that was committed before this call has been told. Those who ask at once share a statement. */
  async told(): Promise<void> {
    await this.#looks.ask(undefined);
  }

  async #look(): Promise<void> {
    const [look] = await this.#ask();
    if (!look) throw new Error('expected one row');
    const isSequel = look.whole === true && look.server === this.#last?.server;
    this.#last = look;
    if (!isSequel) this.#forget(undefined);
    else if (look.changed.length > 0) this.#forget(look.changed.map(changedOf));
  }

  async #ask(): Promise<readonly Look[]> {
    try {
      return (await this.#sql.query<Look>(LOOK, [this.#last?.snapshot ?? null])).rows;
    } catch (error) {
      // Should the server have recovered from a crash, it gives numbers of transactions once more.
      this.#last = undefined;
      this.#forget(undefined);
      throw error;
    }
  }
}

function changedOf(text: string): Changed {
  const [id = '', day] = text.split(' ');
  return { id, day: day === undefined ? undefined : Number(day) };
}

/** Deletes notes that nobody needs any more, until stopped. In every process that answers the API: which ones there are, nobody knows. */
export function deleteOldSlotChanges(sql: Sql, onError: (error: unknown) => void, keptMs = KEPT_MS): { stop(): void } {
  let before: string | undefined;
  const work = async (): Promise<void> => {
    const oldest = before;
    before = (await sql.query<{ oldest: string }>(OLDEST)).rows[0]?.oldest;
    if (oldest !== undefined) await sql.query(DELETE, [oldest]);
  };
  const timer = setInterval(() => void work().catch(onError), keptMs).unref();
  return { stop: () => clearInterval(timer) };
}
