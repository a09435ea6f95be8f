/**
 * One answer for one key (IETF draft-ietf-httpapi-idempotency-key-header-07). The record is made in the database transaction of
 * the work itself: either both are there, or neither. Kept at least 7 days, because hospital outages last days.
 */
import { askedRows, prepared, type Sql } from '../db/database.ts';
import type { Mode } from '../domain/index.ts';
import type { Seal } from './seal.ts';

export interface IdempotencyKey {
  readonly organizationId: string;
  readonly clientId: string;
  /** Method and path template, with the ids of the path: the same key may be used on another route. */
  readonly route: string;
  readonly key: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What there is to tell of a booking for which nobody has to be waited, but for its reason. Instants in RFC 3339. */
export interface KeptBooking {
  readonly patientId: string;
  readonly slotId: string;
  readonly providerId: string;
  readonly locationId: string;
  readonly connectionId: string;
  readonly start: string;
  readonly end: string;
  readonly timeZone: string;
  readonly mode: Mode;
  /** Null: a HIS has yet to give it one. */
  readonly externalId: string | null;
  readonly version: number;
}

/** Such a booking, as the record of its key tells of it. */
export interface ToldBooking {
  readonly appointmentId: string;
  readonly transactionId: string;
  readonly booked: KeptBooking;
}

/**
 * new          this request does the work
 * answered     a repeat: the answer of the first
 * told         a repeat, too: its answer is made anew of what it told
 * reused       the key was used with another payload
 * in-progress  the first is still at work
 * orphaned     the first died before it answered: the answer is made from what became of its transaction
 */
export type Begun =
  | { readonly kind: 'new' }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | ({ readonly kind: 'told' } & ToldBooking)
  | { readonly kind: 'reused' }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'orphaned'; readonly appointmentId: string; readonly transactionId: string };

const rowName = (id: IdempotencyKey): string =>
  `idempotency_record/${id.organizationId}/${id.clientId}/${id.route}/${id.key}`;
const keyValues = (id: IdempotencyKey): string[] => [id.organizationId, id.clientId, id.route, id.key];

/**
 * Waits while another request with the same key is inside its database transaction. `isToBeConfirmed`: an answer that was kept with the
 * work counts once its request has said so (`confirmAnswer`, `replaceAnswer`), or when it should have.
 */
export async function beginIdempotent(
  tx: Sql,
  seal: Seal,
  id: IdempotencyKey,
  record: { readonly fingerprint: Buffer; readonly workingUntil: Date; readonly isToBeConfirmed: boolean },
): Promise<Begun> {
  const { fingerprint, workingUntil, isToBeConfirmed } = record;
  const inserted = await tx.query(
    `insert into idempotency_record (organization_id, client_id, route, key, fingerprint, working_until)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [...keyValues(id), fingerprint, workingUntil.toISOString()],
  );
  if (inserted.rowCount === 1) return { kind: 'new' };
  const found = await tx.query<{
    same: boolean;
    working: boolean;
    status: number | null;
    answer: Buffer | null;
    booked: KeptBooking | null;
    appointment_id: string | null;
    transaction_id: string | null;
  }>(
    `select fingerprint = $5 as same, working_until > now() as working, status, answer, booked, appointment_id,
       transaction_id
     from idempotency_record where organization_id = $1 and client_id = $2 and route = $3 and key = $4`,
    [...keyValues(id), fingerprint],
  );
  const [row] = found.rows;
  // The record was removed by its age between the two statements; the caller's retry finds nothing and does the work.
  if (!row) return { kind: 'in-progress' };
  if (!row.same) return { kind: 'reused' };
  const { booked, appointment_id: appointmentId, transaction_id: transactionId } = row;
  // Before an answer: a process of an older version, which does not know it, may have kept one for a repeat.
  if (booked && appointmentId && transactionId) return { kind: 'told', appointmentId, transactionId, booked };
  if (isToBeConfirmed && row.working) return { kind: 'in-progress' };
  if (row.status !== null && row.answer)
    return { kind: 'answered', answer: JSON.parse(seal.open(rowName(id), row.answer)) as Answer };
  if (!appointmentId || !transactionId) return { kind: 'in-progress' };
  return row.working ? { kind: 'in-progress' } : { kind: 'orphaned', appointmentId, transactionId };
}

/** Says which transaction does the work, so that its answer can be made even if this process dies. */
export async function linkIdempotent(
  tx: Sql,
  id: IdempotencyKey,
  appointmentId: string,
  transactionId: string,
): Promise<void> {
  await tx.query(
    `update idempotency_record set appointment_id = $5, transaction_id = $6
     where organization_id = $1 and client_id = $2 and route = $3 and key = $4`,
    [...keyValues(id), appointmentId, transactionId],
  );
}

export interface KeptAnswer {
  readonly id: IdempotencyKey;
  readonly answer: Answer;
}

// By the index of the keys, however many there are: a join by texts would, under row level security, read all of the organization.
// Locked first, so that what an erasure has deleted does not come back.
const KEEP = prepared(`
  with ${askedRows({
    organization_id: 'uuid',
    client_id: 'text',
    route: 'text',
    key: 'text',
    status: 'smallint',
    answer: 'text',
  })}, mine as (
    select k.organization_id, k.client_id, k.route, k.key, r.fingerprint, k.status, k.answer
    from asked k cross join lateral (
      select fingerprint from idempotency_record
      where organization_id = k.organization_id and client_id = k.client_id and route = k.route and key = k.key for update) as r
  )
  insert into idempotency_record as r (organization_id, client_id, route, key, fingerprint, status, answer)
  select organization_id, client_id, route, key, fingerprint, status, decode(answer, 'base64') from mine
  on conflict (organization_id, client_id, route, key) do update
    set status = coalesce(r.status, excluded.status), answer = coalesce(r.answer, excluded.answer)
  returning r.organization_id, r.client_id, r.route, r.key, r.answer`);

/**
 * Keeps the answers to the works that own the records, no two of them of one key; the first one kept of each stays. Returns those
 * that are kept.
 */
export async function keepAnswers(sql: Sql, seal: Seal, answers: readonly KeptAnswer[]): Promise<Answer[]> {
  const rows = answers.map((each) => rowOf(seal, each));
  const found = await sql.query<KeyRow & { answer: Buffer }>(KEEP, [JSON.stringify(rows), rows.length]);
  const kept = new Map(found.rows.map((row) => [nameOf(row), row.answer]));
  return answers.map(({ id, answer }, index) => {
    const row = rows[index];
    const sealed = row && kept.get(nameOf(row));
    // Its own, as nearly always: it need not be opened to be known.
    if (!row || !sealed || sealed.toString('base64') === row.answer) return answer;
    return JSON.parse(seal.open(rowName(id), sealed)) as Answer;
  });
}

interface KeyRow extends Record<string, unknown> {
  readonly organization_id: string;
  readonly client_id: string;
  readonly route: string;
  readonly key: string;
}

const nameOf = (row: KeyRow): string => JSON.stringify([row.organization_id, row.client_id, row.route, row.key]);

const rowOf = (seal: Seal, { id, answer }: KeptAnswer) => ({
  organization_id: id.organizationId,
  client_id: id.clientId,
  route: id.route,
  key: id.key,
  status: answer.status,
  answer: seal.close(rowName(id), JSON.stringify(answer)).toString('base64'),
});

export async function keepAnswer(sql: Sql, seal: Seal, id: IdempotencyKey, answer: Answer): Promise<Answer> {
  const [kept = answer] = await keepAnswers(sql, seal, [{ id, answer }]);
  return kept;
}

const OF_KEY = 'organization_id = $1 and client_id = $2 and route = $3 and key = $4';

/** The answer that was kept with the work is the answer. */
export async function confirmAnswer(sql: Sql, id: IdempotencyKey): Promise<void> {
  await sql.query(`update idempotency_record set working_until = now() where ${OF_KEY}`, keyValues(id));
}

/** It is not: `kept` is. */
export async function replaceAnswer(sql: Sql, seal: Seal, kept: KeptAnswer): Promise<void> {
  const { status, answer } = rowOf(seal, kept);
  await sql.query(
    `update idempotency_record set status = $5, answer = decode($6, 'base64'), working_until = now() where ${OF_KEY}`,
    [...keyValues(kept.id), status, answer],
  );
}

export interface KeptRefusal extends KeptAnswer {
  readonly fingerprint: Buffer;
}

const REFUSE = prepared(`
  with ${askedRows({
    organization_id: 'uuid',
    client_id: 'text',
    route: 'text',
    key: 'text',
    fingerprint: 'text',
    status: 'smallint',
    answer: 'text',
  })}
  insert into idempotency_record (organization_id, client_id, route, key, fingerprint, status, answer)
  select organization_id, client_id, route, key, decode(fingerprint, 'hex'), status, decode(answer, 'base64') from asked
  on conflict do nothing returning organization_id, client_id, route, key`);

/**
 * Keeps the refusals of requests whose work was not done, or rolled back, and their records with them; no two of them of one key. By
 * then another request with the same key may have begun the work: then the record is that one's, and stays as it is. Of each, true
 * when it was kept.
 */
export async function keepRefusals(sql: Sql, seal: Seal, refusals: readonly KeptRefusal[]): Promise<boolean[]> {
  const rows = refusals.map(({ fingerprint, ...refusal }) => ({
    ...rowOf(seal, refusal),
    fingerprint: fingerprint.toString('hex'),
  }));
  const found = await sql.query<KeyRow>(REFUSE, [JSON.stringify(rows), rows.length]);
  const kept = new Set(found.rows.map(nameOf));
  return rows.map((row) => kept.has(nameOf(row)));
}
