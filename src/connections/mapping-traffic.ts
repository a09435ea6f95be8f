/**
 * What passes the mappings, kept a while: the last inputs of each, by which a new version is judged; what a canary in shadow would
 * have made of them; codes that nobody has mapped. Written in batches after the calls: no call waits for it, or fails by it.
 */
import { setImmediate as breath } from 'node:timers/promises';
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import type { Log } from '../domain/index.ts';
import { recordRow, type Seal } from '../ledger/seal.ts';
import { countSkipped } from '../ledger/unmapped-code.ts';
import { differences, MappingError, type UnmappedCodeError } from '../mapping/index.ts';

const FLUSH_MS = 1_000;
/** Of one mapping of one connection, in one flush: what a busy hospital sends is sampled. */
const KEPT_OF_A_FLUSH = 10;
const COMPARED_OF_A_FLUSH = 100;
/** Longer inputs, of JSON characters, are not kept: whole catalogues. */
const INPUT_CHARACTERS_MAX = 200_000;

type Apply = (input: unknown) => unknown;

export interface Passed {
  readonly connectionId: string;
  readonly name: string;
  readonly transactionId: string;
  readonly input: unknown;
  /** So many are kept of this mapping, in all. */
  readonly keep: number;
  /** A canary in shadow, and the version that is used. */
  readonly shadow?: { readonly versionId: string; readonly used: Apply; readonly canary: Apply } | undefined;
}

interface Skipped {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly name: string;
  readonly error: UnmappedCodeError;
}

export class MappingTraffic {
  readonly #sql: Sql;
  readonly #seal: Seal;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #passed = new Map<string, Passed[]>();
  #skipped: Skipped[] = [];
  #flushing: Promise<void> = Promise.resolve();

  constructor({ sql, seal, log }: { readonly sql: Sql; readonly seal: Seal; readonly log: Log }) {
    this.#sql = sql;
    this.#seal = seal;
    this.#log = log;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** Never throws, and does no work. */
  passed(passed: Passed): void {
    const key = `${passed.connectionId} ${passed.name}`;
    const noted = this.#passed.get(key) ?? [];
    if (noted.length === 0) this.#passed.set(key, noted);
    if (noted.length < (passed.shadow ? COMPARED_OF_A_FLUSH : KEPT_OF_A_FLUSH)) noted.push(passed);
  }

  /** An item of what the HIS told was left out. */
  skipped(skipped: Skipped): void {
    this.#skipped.push(skipped);
  }

  /** What was noted until now is written when it resolves, or given up. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing
      .then(() => this.#write())
      .catch((error: unknown) => this.#log.warn({ err: error }, 'what passed the mappings was not recorded'));
    return this.#flushing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(): Promise<void> {
    const [passed, skipped] = [this.#passed, this.#skipped];
    this.#passed = new Map();
    this.#skipped = [];
    for (const each of skipped) await countSkipped(this.#sql, each);
    for (const noted of passed.values()) {
      await this.#keep(noted.slice(-KEPT_OF_A_FLUSH));
      await this.#compare(noted);
    }
  }

  async #keep(noted: readonly Passed[]): Promise<void> {
    const [first] = noted;
    if (!first || first.keep === 0) return;
    const ids: string[] = [];
    const transactionIds: string[] = [];
    const inputs: Buffer[] = [];
    for (const { input, transactionId } of noted) {
      const text = JSON.stringify(input) ?? 'null';
      if (text.length > INPUT_CHARACTERS_MAX) continue;
      const id = newId();
      ids.push(id);
      transactionIds.push(transactionId);
      inputs.push(this.#seal.close(recordRow(id), text));
      await breath();
    }
    const of = [first.connectionId, first.name];
    await this.#sql.query(
      `insert into mapping_record (id, connection_id, name, transaction_id, input)
       select id, $1, $2, transaction_id, input
       from unnest($3::uuid[], $4::uuid[], $5::bytea[]) as row (id, transaction_id, input)`,
      [...of, ids, transactionIds, inputs],
    );
    await this.#sql.query(
      `delete from mapping_record where connection_id = $1 and name = $2 and id <
         (select id from mapping_record where connection_id = $1 and name = $2 order by id desc offset $3 limit 1)`,
      [...of, first.keep - 1],
    );
  }

  async #compare(noted: readonly Passed[]): Promise<void> {
    const counts = new Map<string, number>();
    const count = (versionId: string, kind: string, field = ''): void => {
      const key = JSON.stringify([versionId, kind, field]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    };
    for (const { input, shadow } of noted) {
      if (!shadow) continue;
      const { versionId, used, canary } = shadow;
      count(versionId, 'compared');
      const fields = otherwise(used, canary, input);
      if (fields === 'fails') count(versionId, 'fails');
      else if (fields.size > 0) {
        count(versionId, 'differs');
        for (const field of fields) count(versionId, 'field', field);
      }
      await breath();
    }
    if (counts.size === 0) return;
    const rows = [...counts].map(([key, messages]) => [...(JSON.parse(key) as [string, string, string]), messages]);
    await this.#sql.query(
      `insert into mapping_shadow (version_id, kind, field, messages)
       select (row ->> 0)::uuid, row ->> 1, row ->> 2, (row ->> 3)::bigint from jsonb_array_elements($1) as row
       on conflict (version_id, kind, field) do update set messages = mapping_shadow.messages + excluded.messages`,
      [JSON.stringify(rows)],
    );
  }
}

/** The fields that the canary makes otherwise, as pointers with `*` for the number of an item; `fails`: it alone refuses. */
function otherwise(used: Apply, canary: Apply, input: unknown): ReadonlySet<string> | 'fails' {
  const before = outputOf(used, input);
  const now = outputOf(canary, input);
  if (before && !now) return 'fails';
  if (!before || !now) return new Set();
  return new Set(
    [...differences(now.output, before.output)].map(({ pointer }) => pointer.replaceAll(/\/\d+(?=\/|$)/g, '/*')),
  );
}

function outputOf(apply: Apply, input: unknown): { readonly output: unknown } | undefined {
  try {
    return { output: JSON.parse(JSON.stringify(apply(input)) ?? 'null') };
  } catch (error) {
    if (error instanceof MappingError) return undefined;
    throw error;
  }
}
