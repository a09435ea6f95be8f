/** What the identity provider remembers (sessions, codes, grants), sealed in the database: any process can go on with it. */
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Sql } from '../../db/database.ts';
import type { Seal } from '../signing-keys.ts';

/** Expired rows are removed in passing, a few at a time. */
const SWEPT_MAX = 50;

export class Records implements Adapter {
  readonly #model: string;
  readonly #sql: Sql;
  readonly #seal: Seal;

  constructor(model: string, sql: Sql, seal: Seal) {
    this.#model = model;
    this.#sql = sql;
    this.#seal = seal;
  }

  #row(id: string): string {
    return `identity_record/${this.#model}/${id}`;
  }

  /** `expiresIn`: seconds; undefined: never. */
  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    await this.#sql.query(
      `with old as (select model, id from identity_record where expires_at < now() limit ${SWEPT_MAX}),
         gone as (delete from identity_record r using old where r.model = old.model and r.id = old.id)
       insert into identity_record (model, id, payload, grant_id, account_id, uid, expires_at)
       values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
       on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id,
         account_id = excluded.account_id, uid = excluded.uid, expires_at = excluded.expires_at`,
      [
        this.#model,
        id,
        this.#seal.close(this.#row(id), JSON.stringify(payload)),
        payload.grantId ?? null,
        payload.accountId ?? null,
        this.#model === 'Session' ? (payload.uid ?? null) : null,
        expiresIn ?? null,
      ],
    );
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return this.#one('id', id);
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#one('uid', uid);
  }

  /** Device codes are not offered. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async #one(column: 'id' | 'uid', value: string): Promise<AdapterPayload | undefined> {
    if (value.includes('\0')) return undefined;
    const { rows } = await this.#sql.query<{ id: string; payload: Buffer; consumed: number | null }>(
      `select id, payload, extract(epoch from consumed_at)::float8 as consumed from identity_record
       where model = $1 and ${column} = $2 and (expires_at is null or expires_at > now())`,
      [this.#model, value],
    );
    const [row] = rows;
    if (!row) return undefined;
    const payload = JSON.parse(this.#seal.open(this.#row(row.id), row.payload)) as AdapterPayload;
    return row.consumed === null ? payload : { ...payload, consumed: Math.floor(row.consumed) };
  }

  async consume(id: string): Promise<void> {
    await this.#sql.query(
      'update identity_record set consumed_at = coalesce(consumed_at, now()) where model = $1 and id = $2',
      [this.#model, id],
    );
  }

  async destroy(id: string): Promise<void> {
    await this.#sql.query('delete from identity_record where model = $1 and id = $2', [this.#model, id]);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#sql.query('delete from identity_record where model = $1 and grant_id = $2', [this.#model, grantId]);
  }
}
