/** Webhooks: who is told of which events. Their secrets are shown once, and never again. */
import { newId } from '../db/new-id.ts';
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import type { Seal } from '../ledger/seal.ts';
import { newSecret, sealSecret } from '../ledger/webhook-secret.ts';
import { FieldErrors } from './field-errors.ts';

export interface WebhookParts {
  readonly db: Database;
  readonly seal: Seal;
  /** The types of contracts/events.yaml. */
  readonly eventTypes: ReadonlySet<string>;
  /** What is wrong with a URL that is to be called; undefined: nothing, as far as can be seen now. */
  readonly urlProblem: (url: string) => Promise<string | undefined>;
}

export interface WebhookInput {
  readonly url: string;
  readonly description?: string | null;
  readonly types?: readonly string[];
  readonly connectionId?: string;
}

export type WebhookChange = Partial<Omit<WebhookInput, 'connectionId'>> & { readonly state?: 'enabled' | 'disabled' };

export interface NewWebhook {
  readonly id: string;
  readonly secret: string;
}

const PER_ORGANIZATION_MAX = 100;

/** Errors: validation, state-conflict (too many). */
export async function createWebhook(parts: WebhookParts, caller: Caller, input: WebhookInput): Promise<NewWebhook> {
  const errors = await inputErrors(parts, input);
  if (input.connectionId !== undefined && !(await hasConnection(parts.db, caller, input.connectionId)))
    errors.add('/connectionId', 'expected a connection of your organization');
  errors.check();
  const [id, secret] = [newId(), newSecret()];
  const made = await parts.db.query(
    `insert into webhook (id, organization_id, client_id, url, description, types, connection_id, secret)
     select $1, $2, $3, $4, $5, $6, $7, $8
     where (select count(*) from webhook where organization_id = $2) < ${PER_ORGANIZATION_MAX}`,
    [
      id,
      caller.organizationId,
      caller.clientId,
      input.url,
      input.description ?? null,
      input.types ?? [],
      input.connectionId ?? null,
      sealSecret(parts.seal, id, secret),
    ],
  );
  if (made.rowCount === 0)
    throw new HubError('state-conflict', `An organization has ${PER_ORGANIZATION_MAX} webhooks at most: remove one.`);
  return { id, secret };
}

/** Errors: not-found, validation. */
export async function changeWebhook(
  parts: WebhookParts,
  caller: Caller,
  id: string,
  change: WebhookChange,
): Promise<void> {
  (await inputErrors(parts, change)).check();
  await parts.db.transaction(async (tx) => {
    await lockWebhook(tx, caller, id);
    const { url, description, types, state } = change;
    await tx.query(
      `update webhook set url = coalesce($2, url), description = case when $3 then $4 else description end,
         types = coalesce($5, types)
       where id = $1`,
      [id, url ?? null, description !== undefined, description ?? null, types ?? null],
    );
    // Whoever says that it works is believed, until it fails again.
    if (state === 'enabled')
      await tx.query(
        `update webhook set state = 'enabled', state_reason = null, failures = 0, failing_since = null, resume_at = null
         where id = $1`,
        [id],
      );
    if (state === 'disabled')
      await tx.query(`update webhook set state = 'disabled', state_reason = 'by-request' where id = $1`, [id]);
  });
}

/** Errors: not-found. */
export async function deleteWebhook(sql: Sql, caller: Caller, id: string): Promise<void> {
  if (!isId(id)) throw notFound('webhook');
  const gone = await sql.query('delete from webhook where id = $1 and organization_id = $2', [
    id,
    caller.organizationId,
  ]);
  if (gone.rowCount === 0) throw notFound('webhook');
}

/** Returns the new secret; the previous one signs beside it for `overlapHours`. Errors: not-found. */
export async function rotateSecret(
  { db, seal }: WebhookParts,
  caller: Caller,
  id: string,
  overlapHours: number,
): Promise<string> {
  const secret = newSecret();
  await db.transaction(async (tx) => {
    await lockWebhook(tx, caller, id);
    await tx.query(
      `update webhook set secret = $2, previous_secret = case when $3 > 0 then secret end,
         previous_until = case when $3 > 0 then now() + $3 * interval '1 hour' end
       where id = $1`,
      [id, sealSecret(seal, id, secret), overlapHours],
    );
  });
  return secret;
}

async function inputErrors(parts: WebhookParts, { url, types }: Partial<WebhookInput>): Promise<FieldErrors> {
  const errors = new FieldErrors();
  const problem = url === undefined ? undefined : await parts.urlProblem(url);
  if (problem !== undefined) errors.add('/url', problem);
  for (const [index, type] of (types ?? []).entries()) {
    if (!parts.eventTypes.has(type)) errors.add(`/types/${index}`, 'expected a type of contracts/events.yaml');
  }
  return errors;
}

async function hasConnection(sql: Sql, caller: Caller, id: string): Promise<boolean> {
  if (!isId(id)) return false;
  const found = await sql.query('select 1 from connection where id = $1 and organization_id = $2', [
    id,
    caller.organizationId,
  ]);
  return found.rowCount === 1;
}

/** Errors: not-found. */
export async function lockWebhook(tx: Sql, caller: Caller, id: string): Promise<{ readonly state: string }> {
  if (!isId(id)) throw notFound('webhook');
  const found = await tx.query<{ state: string }>(
    'select state from webhook where id = $1 and organization_id = $2 for no key update',
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('webhook');
  return row;
}
