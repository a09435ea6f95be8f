/**
 * Gives records their places in the chain, in batches, shortly after they were committed: nobody who writes one waits for the others.
 * One process at a time. A chain whose end is not as it was signed is not gone on with: that would hide what was done to it.
 */
import type { Database, Sql } from '../db/database.ts';
import type { Log } from '../domain/index.ts';
import type { Seal } from '../ledger/seal.ts';
import { HEAD_JSON, hashOf, RECORD_JSON, type AuditRecord, type SignedHead } from './chain.ts';
import { openSigner, type AuditSigner } from './keys.ts';

/** Chosen at random, once. */
export const SEALING_LOCK = 4_460_931_772;
const BATCH_ROWS = 1_000;
const EVERY_MS = 1_000;

export interface Sealed {
  /** One of each organization that had records waiting. */
  readonly heads: readonly SignedHead[];
  /** Organizations whose chain does not end as it was signed. */
  readonly damaged: readonly string[];
  /** There may be more. */
  readonly isFull: boolean;
}

interface Waiting {
  readonly organization_id: string;
  readonly record: AuditRecord;
}

interface End {
  readonly organization_id: string;
  readonly sequence: number | null;
  readonly hash: string | null;
  readonly head: SignedHead | null;
}

interface SealRow {
  readonly organizationId: string;
  readonly sequence: number;
  readonly recordId: string;
  readonly hash: string;
}

/** One batch; nothing when another process is at it. `without`: organizations to leave alone. */
export function sealBatch(db: Database, seal: Seal, without: readonly string[] = []): Promise<Sealed> {
  return db.transaction(async (tx) => {
    const lock = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [SEALING_LOCK]);
    if (lock.rows[0]?.free !== true) return NOTHING;
    const { rows } = await tx.query<Waiting & Record<string, unknown>>(
      `select r.organization_id, ${RECORD_JSON} as record from audit_waiting w
         cross join lateral (select * from audit_record where id = w.audit_record_id limit 1) r
       where r.organization_id <> all ($1::uuid[]) and not exists (select from audit_seal s where s.audit_record_id = r.id)
       order by r.id limit ${BATCH_ROWS}`,
      [without],
    );
    if (rows.length === 0) return NOTHING;
    return append(tx, await openSigner(tx, seal), rows);
  });
}

const NOTHING: Sealed = { heads: [], damaged: [], isFull: false };

async function append(tx: Sql, signer: AuditSigner, waiting: readonly Waiting[]): Promise<Sealed> {
  const byOrganization = Map.groupBy(waiting, (each) => each.organization_id);
  const seals: SealRow[] = [];
  const heads: SignedHead[] = [];
  const damaged: string[] = [];
  for (const { organization_id: organizationId, sequence, hash, head } of await readEnds(tx, [
    ...byOrganization.keys(),
  ])) {
    const isAsSigned = head
      ? head.sequence === sequence && head.hash === hash && signer.hasSigned(head)
      : sequence === null;
    if (!isAsSigned) {
      damaged.push(organizationId);
      continue;
    }
    let last = { sequence: sequence ?? 0, hash: hash ?? '' };
    for (const { record } of byOrganization.get(organizationId) ?? []) {
      const place = { organizationId, sequence: last.sequence + 1, previousHash: last.hash };
      last = { sequence: place.sequence, hash: hashOf(place, record) };
      seals.push({ organizationId, ...last, recordId: record.id ?? '' });
    }
    const previousSequence = head?.sequence ?? 0;
    heads.push(signer.sign({ organizationId, ...last, previousSequence, signedAt: new Date().toISOString() }));
  }
  await write(tx, seals, heads);
  return { heads, damaged, isFull: waiting.length === BATCH_ROWS };
}

async function readEnds(tx: Sql, organizationIds: readonly string[]): Promise<readonly End[]> {
  const { rows } = await tx.query<End & Record<string, unknown>>(
    `select o.id as organization_id, s.sequence, s.hash, h.head from unnest($1::uuid[]) as o (id)
     left join lateral (select sequence, encode(hash, 'hex') as hash from audit_seal
       where organization_id = o.id order by sequence desc limit 1) s on true
     left join lateral (select ${HEAD_JSON} as head from audit_head h
       where organization_id = o.id order by sequence desc limit 1) h on true`,
    [organizationIds],
  );
  return rows;
}

async function write(tx: Sql, seals: readonly SealRow[], heads: readonly SignedHead[]): Promise<void> {
  await tx.query(
    `with gone as (delete from audit_waiting where audit_record_id = any ($3::uuid[]))
     insert into audit_seal (organization_id, sequence, audit_record_id, hash)
     select o, s, r, decode(h, 'hex') from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[]) as row (o, s, r, h)`,
    [
      seals.map((each) => each.organizationId),
      seals.map((each) => each.sequence),
      seals.map((each) => each.recordId),
      seals.map((each) => each.hash),
    ],
  );
  await tx.query(
    `insert into audit_head (organization_id, sequence, previous_sequence, hash, signed_at, kid, signature)
     select "organizationId", sequence, "previousSequence", decode(hash, 'hex'), "signedAt", kid,
       decode(rpad(translate(signature, '-_', '+/'), 88, '='), 'base64')
     from jsonb_to_recordset($1) as row ("organizationId" uuid, sequence bigint, "previousSequence" bigint, hash text,
       "signedAt" timestamptz, kid text, signature text)`,
    [JSON.stringify(heads)],
  );
}

/** `told`: the new heads of each batch, to be kept elsewhere; also when there are none. */
export function startSealing(
  { db, seal, log }: { readonly db: Database; readonly seal: Seal; readonly log: Log },
  told: (heads: readonly SignedHead[]) => Promise<void>,
): { stop(): Promise<void> } {
  const damaged = new Set<string>();
  const sealAll = async (): Promise<void> => {
    for (let isFull = true; isFull;) {
      const batch = await sealBatch(db, seal, [...damaged]);
      for (const organizationId of batch.damaged) {
        damaged.add(organizationId);
        log.error(
          { organizationId },
          'the audit of an organization does not end as it was signed, and is not gone on with: npx tessera verify',
        );
      }
      await told(batch.heads);
      isFull = batch.isFull || batch.damaged.length > 0;
    }
  };
  let working: Promise<void> | undefined;
  const work = (): Promise<void> =>
    (working ??= sealAll()
      .catch((error: unknown) => log.warn({ err: error }, 'the audit was not sealed; tried again in a second'))
      .finally(() => (working = undefined)));
  const timer = setInterval(() => void work(), EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await working;
      // What was written last is not left open for as long as the hub is down.
      await work();
    },
  };
}
