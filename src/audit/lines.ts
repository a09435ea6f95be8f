/** The chain read from its beginning to its end, as it is verified and exported: one line for each thing. */
import type { Sql } from '../db/database.ts';
import { HEAD_JSON, LET_GO_JSON, RECORD_JSON, type AuditRecord, type SignedHead, type SignedLetGo } from './chain.ts';

export type AuditLine =
  /** What follows is of this organization, and comes after this place. */
  | { readonly type: 'begin'; readonly organizationId: string; readonly sequence: number; readonly hash: string }
  /** A public key, 32 bytes as base64url. */
  | { readonly type: 'key'; readonly kid: string; readonly publicKey: string }
  /** Records up to this place may be gone: their time was over. */
  | ({ readonly type: 'let-go' } & SignedLetGo)
  /** A place, and the record that has it; null when that is gone. */
  | {
      readonly type: 'record';
      readonly sequence: number;
      readonly hash: string;
      readonly recordId: string;
      readonly record: AuditRecord | null;
    }
  | ({ readonly type: 'head' } & SignedHead)
  /** A record that has no place and waits for none, or one that waits and is gone. */
  | { readonly type: 'stray'; readonly recordId: string; readonly isGone: boolean }
  /** Records that wait for their places. */
  | { readonly type: 'waiting'; readonly count: number; readonly oldestSeconds: number };

const PAGE_ROWS = 2_000;

/** `after`: a place; 0 for all. Throws RangeError when there is no such place. */
export async function* auditLines(
  sql: Sql,
  organizationId: string,
  keys: ReadonlyMap<string, Uint8Array>,
  after = 0,
): AsyncGenerator<AuditLine> {
  // Places and heads are written together: what comes later than this moment is left to the next one who asks.
  const { rows } = await sql.query<{ until: number | null; hash: string | null }>(
    `select greatest((select max(sequence) from audit_seal where organization_id = $1),
       (select max(sequence) from audit_head where organization_id = $1)) as until,
       (select encode(hash, 'hex') from audit_seal where organization_id = $1 and sequence = $2) as hash`,
    [organizationId, after],
  );
  const until = rows[0]?.until ?? 0;
  const hash = rows[0]?.hash ?? null;
  if (after > 0 && hash === null) throw new RangeError(`the audit has no record ${after}`);
  for (const [kid, publicKey] of keys)
    yield { type: 'key', kid, publicKey: Buffer.from(publicKey).toString('base64url') };
  yield { type: 'begin', organizationId, sequence: after, hash: hash ?? '' };
  const letGo = await readLetGo(sql, organizationId);
  if (letGo) yield { type: 'let-go', ...letGo };
  for (let last = after; ;) {
    const page = await readPlaces(sql, organizationId, last, until);
    for (const { head, ...place } of page) {
      yield { type: 'record', ...place };
      if (head) yield { type: 'head', ...head };
      last = place.sequence;
    }
    if (page.length < PAGE_ROWS) break;
  }
  yield* unplaced(sql, organizationId, after, until);
}

/** The last one says what the ones before said. */
export async function readLetGo(sql: Sql, organizationId: string): Promise<SignedLetGo | undefined> {
  const { rows } = await sql.query<{ letGo: SignedLetGo }>(
    `select ${LET_GO_JSON} as "letGo" from audit_let_go l where organization_id = $1 order by sequence desc limit 1`,
    [organizationId],
  );
  return rows[0]?.letGo;
}

interface Place {
  readonly sequence: number;
  readonly hash: string;
  readonly recordId: string;
  readonly record: AuditRecord | null;
  readonly head: SignedHead | null;
}

async function readPlaces(sql: Sql, organizationId: string, after: number, until: number): Promise<readonly Place[]> {
  const { rows } = await sql.query<Place & Record<string, unknown>>(
    `select s.sequence, encode(s.hash, 'hex') as hash, s.audit_record_id as "recordId", ${RECORD_JSON} as record, ${HEAD_JSON} as head
     from audit_seal s
     -- One by one, each in one piece: of a plain join the planner thinks that it is quicker to read all records, for each page.
     left join lateral (select * from audit_record where id = s.audit_record_id limit 1) r on true
     left join audit_head h on h.organization_id = s.organization_id and h.sequence = s.sequence
     where s.organization_id = $1 and s.sequence > $2 and s.sequence <= $3 order by s.sequence limit ${PAGE_ROWS}`,
    [organizationId, after, until],
  );
  return rows;
}

async function* unplaced(sql: Sql, organizationId: string, after: number, until: number): AsyncGenerator<AuditLine> {
  const heads = await sql.query<{ head: SignedHead }>(
    `select ${HEAD_JSON} as head from audit_head h where organization_id = $1 and sequence > $2 and sequence <= $3
       and not exists (select from audit_seal s where s.organization_id = h.organization_id and s.sequence = h.sequence)
     order by sequence`,
    [organizationId, after, until],
  );
  for (const { head } of heads.rows) yield { type: 'head', ...head };
  const strays = await sql.query<{ recordId: string; isGone: boolean }>(
    `select r.id as "recordId", false as "isGone" from audit_record r where r.organization_id = $1
       and not exists (select from audit_seal s where s.audit_record_id = r.id)
       and not exists (select from audit_waiting w where w.audit_record_id = r.id)
     union all
     select w.audit_record_id, true from audit_waiting w where w.organization_id = $1
       and not exists (select from audit_record r where r.id = w.audit_record_id)
     order by 1`,
    [organizationId],
  );
  for (const stray of strays.rows) yield { type: 'stray', ...stray };
  const waiting = await sql.query<{ count: number; oldest: number | null }>(
    `select count(*) as count, extract(epoch from now() - min(r.recorded_at))::float8 as oldest
     from audit_waiting w join audit_record r on r.id = w.audit_record_id where r.organization_id = $1`,
    [organizationId],
  );
  const { count = 0, oldest = null } = waiting.rows[0] ?? {};
  if (count > 0) yield { type: 'waiting', count, oldestSeconds: Math.max(0, Math.round(oldest ?? 0)) };
}

/** Organizations that have any part of an audit. */
export async function auditedOrganizations(sql: Sql): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from organization o where exists (select from audit_record r where r.organization_id = o.id)
       or exists (select from audit_seal s where s.organization_id = o.id)
       or exists (select from audit_head h where h.organization_id = o.id)
       or exists (select from audit_waiting w where w.organization_id = o.id) order by id`,
  );
  return rows.map((each) => each.id);
}
