/**
 * Says which records may be dropped because their time is over, and signs it. Of a chain that is not as it was signed none may:
 * what was done to it could not be seen any more.
 */
import type { Database, Sql } from '../db/database.ts';
import type { Seal } from '../ledger/seal.ts';
import { letGoBytes, type LetGo } from './chain.ts';
import { openSigner, publicKeys } from './keys.ts';
import { auditLines, readLetGo } from './lines.ts';
import { SEALING_LOCK } from './sealer.ts';
import { verifyAudit } from './verify.ts';

/** `before`: RFC 3339. Returns the organizations whose chain is not sound: nothing of theirs may go. */
export async function letRecordsGo(db: Database, seal: Seal, before: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ organizationId: string; last: number }>(
    `select organization_id as "organizationId", max(sequence) as last from audit_seal
     where audit_record_id < first_id($1) group by organization_id order by organization_id`,
    [before],
  );
  const damaged: string[] = [];
  for (const { organizationId, last } of rows) {
    const sequence = await lastPlace(db, organizationId, before, last);
    if (sequence <= ((await readLetGo(db, organizationId))?.sequence ?? 0)) continue;
    if (await isSound(db, seal, organizationId, sequence)) await sign(db, seal, { organizationId, sequence, before });
    else damaged.push(organizationId);
  }
  return damaged;
}

/** Before the first record that is younger: one that was written earlier may have been given a later place. */
async function lastPlace(sql: Sql, organizationId: string, before: string, last: number): Promise<number> {
  const { rows } = await sql.query<{ first: number | null }>(
    'select min(sequence) as first from audit_seal where organization_id = $1 and audit_record_id >= first_id($2)',
    [organizationId, before],
  );
  return Math.min(last, (rows[0]?.first ?? Number.POSITIVE_INFINITY) - 1);
}

async function isSound(sql: Sql, seal: Seal, organizationId: string, sequence: number): Promise<boolean> {
  const keys = await publicKeys(sql, seal);
  const [verdict] = await verifyAudit(auditLines(sql, organizationId, keys), { kids: new Set(keys.keys()) });
  if (!verdict) return false;
  return verdict.fault === null || (verdict.fault.sequence !== null && verdict.fault.sequence > sequence);
}

function sign(
  db: Database,
  seal: Seal,
  { organizationId, sequence, before }: Omit<LetGo, 'hash' | 'signedAt'>,
): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [SEALING_LOCK]);
    const { rows } = await tx.query<{ hash: string }>(
      `select encode(hash, 'hex') as hash from audit_seal where organization_id = $1 and sequence = $2`,
      [organizationId, sequence],
    );
    const hash = rows[0]?.hash ?? '';
    const letGo: LetGo = { organizationId, sequence, hash, before, signedAt: new Date().toISOString() };
    const signer = await openSigner(tx, seal);
    await tx.query(
      `insert into audit_let_go (organization_id, sequence, hash, before, signed_at, kid, signature)
       values ($1, $2, decode($3, 'hex'), $4, $5, $6, $7) on conflict do nothing`,
      [
        organizationId,
        sequence,
        hash,
        before,
        letGo.signedAt,
        signer.kid,
        Buffer.from(signer.signBytes(letGoBytes(letGo)), 'base64url'),
      ],
    );
  });
}
