/** Every API request leaves a row in `api_request`: who called which route, with what result; never what was said. */
import { newId } from '../db/new-id.ts';
import { lists, prepared, textArray, uuidArray } from '../db/database.ts';
import type { Log } from '../domain/index.ts';

export interface RequestEntry {
  /** UUID */
  readonly transactionId: string;
  /** Absent when the caller was not known. */
  readonly organizationId?: string;
  readonly clientId?: string;
  readonly method: string;
  /** The route's template, e.g. /v1/appointments/{id}: never the URL. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly errorCode?: string;
  /** When the request arrived. */
  readonly at: Date;
}

export interface RequestRecorder {
  /** Returns at once; the row is written about 200 ms later. */
  record(entry: RequestEntry): void;
  /** Resolves when what was recorded so far was written, or given up. Never rejects. */
  flush(): Promise<void>;
  /** Flushes; later entries are dropped. */
  close(): Promise<void>;
}

interface Sql {
  query(text: string, values: readonly unknown[]): Promise<unknown>;
}

const INTERVAL_MS = 200;
/** After a failure: the database is not asked at every request. */
const RETRY_MS = 2_000;
const BATCH_ROWS = 200;
/** About 5 MB. A database that is away for longer costs records, not memory. */
const WAITING_MAX = 20_000;

/** One statement whatever the number of rows, so that Postgres plans it once. */
const INSERT = prepared(`
  insert into api_request
    (id, organization_id, client_id, transaction_id, method, route, status, error_code, duration_ms, at)
  select id, organization_id, client_id, transaction_id, method, route, status, error_code, duration_ms, to_timestamp(at_ms / 1000)
  from unnest(${lists('$1::uuid[]', '$2::uuid[]', '$3::text[]', '$4::uuid[]', '$5::text[]', '$6::text[]', '$7::smallint[]', '$8::text[]', '$9::integer[]', '$10::float8[]')})
    as r (id, organization_id, client_id, transaction_id, method, route, status, error_code, duration_ms, at_ms)`);

export function createRequestRecorder(sql: Sql, log: Log): RequestRecorder {
  return new BatchingRecorder(sql, log);
}

class BatchingRecorder implements RequestRecorder {
  readonly #sql: Sql;
  readonly #log: Log;
  readonly #waiting: RequestEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #dropped = 0;
  #failing = false;
  #closed = false;

  constructor(sql: Sql, log: Log) {
    this.#sql = sql;
    this.#log = log;
  }

  record(entry: RequestEntry): void {
    if (this.#closed || this.#waiting.length >= WAITING_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(entry);
    if (this.#waiting.length >= BATCH_ROWS && !this.#writing && !this.#failing) void this.flush();
    else this.#schedule(INTERVAL_MS);
  }

  #schedule(delayMs: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), delayMs).unref();
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // One after the other: what was recorded while a batch was under way goes with the next.
    while (this.#writing) await this.#writing;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    clearTimeout(this.#timer);
    this.#dropped += this.#waiting.splice(0).length;
    this.#reportDropped();
  }

  /** Stops at the first failure; the rows wait for the next interval. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_ROWS);
      try {
        await this.#sql.query(INSERT, columnsOf(batch));
        this.#waiting.splice(0, batch.length);
        this.#failing = false;
      } catch (error) {
        this.#log.warn({ error, rows: batch.length }, 'request records not written');
        if (!isRefusal(error)) {
          this.#failing = true;
          this.#schedule(RETRY_MS);
          break;
        }
        // Refused for what it holds, it would be refused for ever.
        this.#waiting.splice(0, batch.length);
        this.#dropped += batch.length;
      }
    }
    this.#reportDropped();
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    this.#log.error({ dropped: this.#dropped }, 'request records dropped');
    this.#dropped = 0;
  }
}

function columnsOf(batch: readonly RequestEntry[]): unknown[] {
  return [
    uuidArray(batch.map(() => newId())),
    uuidArray(batch.map((each) => each.organizationId)),
    textArray(batch.map((each) => each.clientId)),
    uuidArray(batch.map((each) => each.transactionId)),
    textArray(batch.map((each) => each.method)),
    textArray(batch.map((each) => each.route)),
    batch.map((each) => each.status),
    textArray(batch.map((each) => each.errorCode)),
    batch.map((each) => Math.round(each.durationMs)),
    batch.map((each) => each.at.getTime()),
  ];
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity constraint). */
const isRefusal = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && /^2[23]/.test(String(error.code));
