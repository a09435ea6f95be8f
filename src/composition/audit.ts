/** What records for the audit, what seals it, and what goes through it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerAddress, trustedProxies } from '../api/caller-address.ts';
import { auditKeeper } from '../audit/keep.ts';
import { publicKeys } from '../audit/keys.ts';
import { headsFile, KnownHeads, readHeads } from '../audit/known-heads.ts';
import { auditedOrganizations, auditLines, type AuditLine } from '../audit/lines.ts';
import { startSealing } from '../audit/sealer.ts';
import { verifyAudit, type AuditVerdict, type KnownHead } from '../audit/verify.ts';
import type { Config } from '../config.ts';
import type { Sql } from '../db/sql.ts';
import type { KeepAudit } from '../domain/index.ts';
import type { SignInRecord } from '../identity/index.ts';
import { openKeptHubKey } from '../ledger/hub-key.ts';
import { openRootWrapper } from '../ledger/key-wrapper.ts';
import { readKeptRootKeys } from '../ledger/root-key.ts';
import { createSeal } from '../ledger/seal.ts';
import type { Base, Store } from './base.ts';
import { withDatabaseOf } from './own-database.ts';

export const addressOf = ({ config }: Base): ((request: IncomingMessage) => string) => {
  const trusted = trustedProxies(config.trustedProxies);
  return (request) => callerAddress(request, trusted);
};

export const keepAudit = ({ db, organizations, seal }: Store): KeepAudit =>
  auditKeeper((organizationId) => (organizationId === null ? db : organizations.of(organizationId)), seal);

/** Of somebody who signs in: from `address`, in the request of this transaction id. */
export async function keepSignIn(
  keep: KeepAudit,
  record: SignInRecord,
  from: { readonly address: string; readonly transactionId: string | null },
): Promise<void> {
  await keep({
    ...record,
    ...from,
    kind: 'sign-in',
    resourceKind: null,
    resourceId: null,
    errorCode: null,
    reason: null,
    begunId: null,
  });
}

/** For the sign-in pages. */
export const signInRecorder =
  (keep: KeepAudit, addressOfRequest: (request: IncomingMessage) => string) =>
  (request: IncomingMessage, response: ServerResponse, record: SignInRecord): Promise<void> => {
    const transactionId = response.getHeader('X-Transaction-Id');
    return keepSignIn(keep, record, {
      address: addressOfRequest(request),
      transactionId: typeof transactionId === 'string' ? transactionId : null,
    });
  };

export async function sealAudit({ config, log, onStop }: Base, { db, seal }: Store): Promise<void> {
  const known = await KnownHeads.open(config.dataDir, log);
  const sealing = startSealing({ db, seal, log }, (heads) => known.keep(heads));
  onStop(() => sealing.stop().then(() => known.close()));
}

/**
 * The audit of every organization, looked at in the database itself. `known`: heads kept elsewhere, besides those of the data
 * directory. Throws when the database or the root key cannot be had.
 */
export async function verifyAuditOf(config: Config, known: readonly KnownHead[]): Promise<readonly AuditVerdict[]> {
  // Before the chain is read: it must hold what was known by now.
  const kept = await readHeads(headsFile(config.dataDir));
  const wrapper = await openRootWrapper(() => readKeptRootKeys(config.dataDir, config.rootKey));
  return withDatabaseOf(config, 'look at what that one exports: --api, or --sandbox', async (sql) => {
    const keys = await publicKeys(sql, createSeal(await openKeptHubKey(sql, wrapper)));
    return verifyAudit(linesOf(sql, keys), { known: [...kept, ...known], kids: new Set(keys.keys()) });
  });
}

async function* linesOf(sql: Sql, keys: ReadonlyMap<string, Uint8Array>): AsyncGenerator<AuditLine> {
  for (const organizationId of await auditedOrganizations(sql)) yield* auditLines(sql, organizationId, keys);
}
