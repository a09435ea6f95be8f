/** What a HIS told by itself: each message kept once, and its notices in the order in which the HIS says they happened. */
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { isId } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import type { Seal } from './seal.ts';
import { HIS_KEY } from './work-order.ts';

export interface NewMessage {
  readonly organizationId: string;
  readonly connectionId: string;
  /** The sender's key of it. */
  readonly messageId: string;
  readonly body: Uint8Array;
  /** What the sender is told once all is committed. */
  readonly answer: Uint8Array | undefined;
}

export type KeptMessage =
  /** `keyReused`: another message with the same key was kept before. */
  | { readonly kind: 'new'; readonly id: string; readonly keyReused: boolean }
  | { readonly kind: 'repeated'; readonly answer: Uint8Array | undefined };

/** Waits while the same message is being kept by another database transaction. */
export async function keepMessage(tx: Sql, seal: Seal, message: NewMessage): Promise<KeptMessage> {
  const id = uuidv7();
  const hash = createHash('sha256').update(message.body).digest();
  const body = seal.close(`received_message/${id}`, Buffer.from(message.body).toString('latin1'));
  const inserted = await tx.query<{ key_reused: boolean }>(
    `insert into received_message (id, organization_id, connection_id, message_id, body_hash, body, answer, key_reused)
     select $1, $2, $3, $4, $5, $6, $7,
       exists (select 1 from received_message where connection_id = $3 and message_id = $4)
     on conflict (connection_id, message_id, body_hash) do nothing returning key_reused`,
    [id, message.organizationId, message.connectionId, message.messageId, hash, body, message.answer ?? null],
  );
  const [row] = inserted.rows;
  if (row) return { kind: 'new', id, keyReused: row.key_reused };
  const found = await tx.query<{ answer: Buffer | null }>(
    'select answer from received_message where connection_id = $1 and message_id = $2 and body_hash = $3',
    [message.connectionId, message.messageId, hash],
  );
  return { kind: 'repeated', answer: found.rows[0]?.answer ?? undefined };
}

export interface NewNotice {
  readonly kind: 'location' | 'provider' | 'slot' | 'appointment' | 'answer';
  readonly externalId: string;
  readonly event: string;
  /** By the HIS's clock. */
  readonly at: string;
  readonly transactionId?: string | undefined;
  readonly patientId?: string | undefined;
  readonly time?: { readonly providerExternalId: string; readonly start: string; readonly end: string } | undefined;
  /** Ids and codes only. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Writes a notice, and says whether it counts. It does not when the HIS has told something newer about the same thing or, of an
 * offered slot, about its time. Of two notices of the same moment (HL7 times are often whole seconds) the later arrival counts,
 * but nothing revives what was cancelled in that moment.
 */
export async function writeNotice(
  tx: Sql,
  message: { readonly id: string; readonly connectionId: string },
  notice: NewNotice,
): Promise<{ readonly id: string; readonly applied: boolean }> {
  const id = uuidv7();
  const written = await tx.query<{ applied: boolean }>(WRITE, [
    id,
    message.id,
    message.connectionId,
    notice.kind,
    notice.externalId,
    notice.event,
    notice.at,
    notice.transactionId !== undefined && isId(notice.transactionId) ? notice.transactionId : null,
    notice.patientId ?? null,
    notice.time?.providerExternalId ?? null,
    notice.time?.start ?? null,
    notice.time?.end ?? null,
    notice.details ?? {},
  ]);
  return { id, applied: written.rows[0]?.applied ?? false };
}

/** SQL that is true when something newer than `at` is known about a stretch of a provider's time. */
export const isToldSince = (
  names: Readonly<Record<'connection' | 'provider' | 'start' | 'end' | 'at', string>>,
): string =>
  `exists (select 1 from notice n where n.connection_id = ${names.connection} and n.provider_external_id = ${names.provider}
     and n.start_at < ${names.end} and n.end_at > ${names.start} and n.event_at > ${names.at} and n.applied)`;

const WRITE = `insert into notice (id, received_message_id, connection_id, kind, external_id, event, event_at, transaction_id,
    patient_id, provider_external_id, start_at, end_at, details, applied)
  select $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::timestamptz, $8::uuid, $9::uuid, $10::text,
    $11::timestamptz, $12::timestamptz, $13::jsonb,
    not exists (select 1 from notice n where n.connection_id = $3 and n.kind = $4 and n.external_id = $5
      and (n.event_at > $7 or (n.event_at = $7 and n.event = 'cancelled' and $6 <> 'cancelled')))
    and not ($4 = 'slot' and $6 = 'free'
      and ${isToldSince({ connection: '$3', provider: '$10', start: '$11', end: '$12', at: '$7' })})
  returning applied`;

/**
 * One at a time for each of these names, until the database transaction ends: what was heard before can then be compared
 * with what is heard now. Taken in one order, so that two messages about the same things do not wait for each other.
 */
export async function takeTurns(tx: Sql, connectionId: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await tx.query(
    `select pg_advisory_xact_lock(key) from (
       select distinct hashtextextended($1 || '/' || name, 0) as key from unnest($2::text[]) as name order by 1) as keys`,
    [connectionId, names],
  );
}

/** The time that the HIS's appointment took before the notice `noticeId`, as last applied. */
export async function timeHeardBefore(
  tx: Sql,
  connectionId: string,
  externalId: string,
  noticeId: string,
): Promise<NewNotice['time']> {
  const found = await tx.query<{ provider: string; start: string; end: string }>(
    `select provider_external_id as provider, start_at as start, end_at as "end" from notice
     where connection_id = $1 and kind = 'appointment' and external_id = $2 and id <> $3 and applied and start_at is not null
     order by event_at desc, sequence desc limit 1`,
    [connectionId, externalId, noticeId],
  );
  const [row] = found.rows;
  return row && { providerExternalId: row.provider, start: row.start, end: row.end };
}

/** The hub's patient that the HIS names by this key: the HIS's own, or the hub's where the HIS gave none. */
export async function patientNamed(
  tx: Sql,
  at: { readonly organizationId: string; readonly connectionId: string },
  key: string,
): Promise<string | undefined> {
  const found = await tx.query<{ id: string }>(
    `select entity_id as id from external_identifier
       where organization_id = $1 and connection_id = $2 and entity = 'patient' and system = $3 and value = $4
     union all select id from patient where organization_id = $1 and id = $5 limit 1`,
    [at.organizationId, at.connectionId, HIS_KEY, key, isId(key) ? key : null],
  );
  return found.rows[0]?.id;
}

/** What the notice may be the answer to is looked up now, rather than when the schedule says so. */
export async function wakeUnknown(
  tx: Sql,
  queue: Queue,
  connectionId: string,
  about: Pick<NewNotice, 'transactionId' | 'patientId' | 'externalId'>,
): Promise<number> {
  const { transactionId } = about;
  const woken = await tx.query<{ id: string; due_at: string }>(
    `update transaction t set due_at = now() from appointment a
     where t.connection_id = $1 and t.state = 'unknown' and a.id = t.appointment_id
       and (t.id = $2 or a.patient_id = $3 or a.external_id = $4)
     returning t.id, t.due_at`,
    [
      connectionId,
      transactionId !== undefined && isId(transactionId) ? transactionId : null,
      about.patientId ?? null,
      about.externalId,
    ],
  );
  for (const row of woken.rows) await queue.send(tx, { transactionId: row.id, dueAt: row.due_at });
  return woken.rows.length;
}
