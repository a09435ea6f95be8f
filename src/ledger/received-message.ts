/** Messages of HISs, kept as they came: many in one statement, each once, in line to be applied. */
import { isAscii } from 'node:buffer';
import { hash as digest } from 'node:crypto';
import { byteaArray, lists, prepared, textArray, uuidArray, type Database, type Sql } from '../db/database.ts';
import { tellHeld } from './held-message.ts';
import { newId } from '../db/new-id.ts';
import type { Seal } from './seal.ts';

export interface NewMessage {
  readonly organizationId: string;
  readonly connectionId: string;
  /** The sender's key of it. */
  readonly messageId: string;
  /** As its sender calls it; no PHI. */
  readonly kind: string;
  readonly body: Uint8Array;
  /** What the sender is told once it is committed. */
  readonly answer: Uint8Array | undefined;
  /** Why it is not to be applied: it is held at once. */
  readonly fault?: { readonly code: string; readonly detail: string } | undefined;
}

export type KeptMessage =
  /** `keyReused`: another message with the same key was kept before. */
  | { readonly kind: 'new'; readonly id: string; readonly keyReused: boolean }
  | { readonly kind: 'repeated'; readonly answer: Uint8Array | undefined };

// The content decides what is a repeat: senders begin to count anew. A limit, where "exists" would say the same: of that the planner
// now and then makes one reading of the whole table.
const KEEP = prepared(`
  with asked as (
    select * from unnest(${lists('$1::uuid[]', '$2::uuid[]', '$3::uuid[]', '$4::text[]', '$5::bytea[]', '$6::bytea[]', '$7::bytea[]', '$8::text[]', '$9::text[]', '$10::text[]')})
      with ordinality as a (id, organization_id, connection_id, message_id, body_hash, body, answer, kind, code, detail, nth)),
  kept as (
    insert into received_message (id, organization_id, connection_id, message_id, body_hash, body, answer, kind, key_reused)
    select id, organization_id, connection_id, message_id, body_hash, body, answer, kind,
      (select true from received_message r where r.connection_id = a.connection_id and r.message_id = a.message_id limit 1) is not null
    from asked a order by nth
    on conflict (connection_id, message_id, body_hash) do nothing returning id, key_reused),
  waiting as (
    insert into message_to_apply (connection_id, received_message_id)
    select a.connection_id, a.id from asked a join kept k on k.id = a.id where a.code is null order by a.nth),
  held as (
    insert into held_message (received_message_id, organization_id, connection_id, code, detail)
    select a.id, a.organization_id, a.connection_id, a.code, a.detail from asked a join kept k on k.id = a.id where a.code is not null)
  select id, key_reused from kept`);

/** In this order, all or none; committed when it resolves. No two of them may have the same connection and message id. */
export async function keepMessages(
  db: Database,
  seal: Seal,
  messages: readonly NewMessage[],
): Promise<readonly KeptMessage[]> {
  const rows = messages.map((message) => {
    const id = newId();
    return { ...message, id, hash: hashOf(message.body), sealed: sealedBody(seal, id, message.body) };
  });
  const values = [
    uuidArray(rows.map((row) => row.id)),
    uuidArray(rows.map((row) => row.organizationId)),
    uuidArray(rows.map((row) => row.connectionId)),
    textArray(rows.map((row) => row.messageId)),
    byteaArray(rows.map((row) => row.hash)),
    byteaArray(rows.map((row) => row.sealed)),
    byteaArray(rows.map((row) => row.answer)),
    textArray(rows.map((row) => row.kind)),
    textArray(rows.map((row) => row.fault?.code)),
    textArray(rows.map((row) => row.fault?.detail)),
  ];
  const keep = async (sql: Sql): Promise<ReadonlyMap<string, boolean>> =>
    new Map(
      (await sql.query<{ id: string; key_reused: boolean }>(KEEP, values)).rows.map((row) => [row.id, row.key_reused]),
    );
  const faulty = rows.filter((row) => row.fault !== undefined);
  const kept =
    faulty.length === 0
      ? await keep(db)
      : await db.transaction(async (tx) => {
          const ids = await keep(tx);
          await tellHeld(
            tx,
            faulty.flatMap(({ id, fault, ...row }) => (fault && ids.has(id) ? [{ ...row, id, ...fault }] : [])),
          );
          return ids;
        });
  return Promise.all(
    rows.map(async (row): Promise<KeptMessage> => {
      const keyReused = kept.get(row.id);
      if (keyReused !== undefined) return { kind: 'new', id: row.id, keyReused };
      return { kind: 'repeated', answer: await answerTo(db, row) };
    }),
  );
}

async function answerTo(
  sql: Sql,
  { connectionId, messageId, hash }: { connectionId: string; messageId: string; hash: Buffer },
): Promise<Uint8Array | undefined> {
  const found = await sql.query<{ answer: Buffer | null }>(
    'select answer from received_message where connection_id = $1 and message_id = $2 and body_hash = $3',
    [connectionId, messageId, hash],
  );
  return found.rows[0]?.answer ?? undefined;
}

const hashOf = (body: Uint8Array): Buffer => digest('sha256', body, 'buffer');

const rowOf = (id: string): string => `received_message/${id}`;

// Bytes of whatever encoding: as text of one byte each, which ASCII is already.
const sealedBody = (seal: Seal, id: string, body: Uint8Array): Buffer =>
  seal.close(
    rowOf(id),
    isAscii(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'),
  );

/** The message as it came. */
export const openBody = (seal: Seal, id: string, sealed: Buffer): Buffer =>
  Buffer.from(seal.open(rowOf(id), sealed), 'latin1');
