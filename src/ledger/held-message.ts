/** Messages that could not be processed: kept, shown, told of once; applied once more when somebody says so, or their code is mapped. */
import type { Sql } from '../db/database.ts';
import { appendEvents } from './event.ts';

export interface Problem {
  /** A word. */
  readonly code: string;
  /** What was expected, and where; never what stands there. */
  readonly detail: string;
  /** The code that no table lists, as a row. */
  readonly unmappedCodeId?: string | undefined;
}

interface Place {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
}

/** It waits for a person; one that was tried before, once more. The caller sees to it that it waits for nobody else. */
export async function holdMessage(tx: Sql, place: Place, problem: Problem): Promise<void> {
  const { code, detail, unmappedCodeId } = problem;
  const held = await tx.query<{ tries: number }>(
    `insert into held_message as h (received_message_id, organization_id, connection_id, code, detail, unmapped_code_id)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (received_message_id) do update set code = excluded.code, detail = excluded.detail,
       unmapped_code_id = excluded.unmapped_code_id, state = 'held', tries = h.tries + 1, settled_at = null, settled_by = null
     returning tries`,
    [place.id, place.organizationId, place.connectionId, code, detail, unmappedCodeId ?? null],
  );
  if (held.rows[0]?.tries === 1) await tellHeld(tx, [{ ...place, code }]);
}

export const tellHeld = (tx: Sql, held: readonly (Place & { readonly code: string })[]): Promise<void> =>
  appendEvents(
    tx,
    held.map(({ id, organizationId, connectionId, code }) => ({
      type: 'message.held',
      organizationId,
      connectionId,
      data: { messageId: id, code },
    })),
  );

/** Those of them that were held have been applied after all. */
export async function settleHeld(tx: Sql, ids: readonly string[]): Promise<void> {
  const settled = await tx.query<Place & Record<string, unknown>>(
    `update held_message set state = 'applied', settled_at = now(), settled_by = coalesce(settled_by, 'hub')
     where received_message_id = any($1::uuid[]) and settled_at is null
     returning received_message_id as id, organization_id as "organizationId", connection_id as "connectionId"`,
    [ids],
  );
  await appendEvents(
    tx,
    settled.rows.map(({ id, organizationId, connectionId }) => ({
      type: 'message.applied',
      organizationId,
      connectionId,
      data: { messageId: id },
    })),
  );
}

/** Those that wait for this code are in line again; returns how many. */
export async function applyThoseOfCode(tx: Sql, unmappedCodeId: string): Promise<number> {
  const inLine = await tx.query(
    `with again as (
       update held_message set state = 'replaying' where unmapped_code_id = $1 and state = 'held' and settled_at is null
       returning connection_id, received_message_id)
     insert into message_to_apply (connection_id, received_message_id)
     select connection_id, received_message_id from again order by received_message_id`,
    [unmappedCodeId],
  );
  return inLine.rowCount ?? 0;
}

/** In line again, by this person's word; the caller has locked its message. */
export async function applyAgain(tx: Sql, id: string, by: string): Promise<void> {
  await tx.query(
    `with again as (
       update held_message set state = 'replaying', settled_at = null, settled_by = $2 where received_message_id = $1
       returning connection_id, received_message_id)
     insert into message_to_apply (connection_id, received_message_id) select connection_id, received_message_id from again`,
    [id, by],
  );
}

/** The caller has locked its message. */
export async function dismiss(tx: Sql, id: string, by: string): Promise<void> {
  await tx.query(
    `update held_message set state = 'dismissed', settled_at = now(), settled_by = $2 where received_message_id = $1`,
    [id, by],
  );
}
