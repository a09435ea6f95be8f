/** After the faults: everything settles by itself, and what waits for a person gets one. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from './client.ts';
import type { Cluster } from './cluster.ts';
import type { Random } from './random.ts';

const OPEN_STATES = ['queued', 'sending', 'retrying', 'parked', 'unknown', 'verifying'];
/** Waits behind what waits for a person: an earlier change of the same appointment (I6). */
const BEHIND_A_PERSON = `select 1 from transaction first where first.state = 'needs_review'
  and first.appointment_id = t.appointment_id and first.sequence < t.sequence`;
/** I1: so long after the last fault nothing may be open any more. */
export const SETTLED_WITHIN_MS = 120_000;

export interface WaitingTransaction {
  readonly id: string;
  readonly state: 'needs_review' | 'failed';
  readonly kind: 'book' | 'reschedule' | 'cancel';
  readonly connectionId: string;
  readonly code: string | null;
}

/** Resolves to what is still open, as `id state`, after `withinMs`; empty when nothing is. */
export async function untilSettled(cluster: Cluster, withinMs = SETTLED_WITHIN_MS): Promise<string[]> {
  for (const deadline = Date.now() + withinMs; ; await delay(150)) {
    const open = await cluster.db.query<{ id: string; state: string }>(
      `select t.id, t.state from transaction t
       where t.state = any($1) and not exists (${BEHIND_A_PERSON}) order by t.sequence limit 20`,
      [OPEN_STATES],
    );
    if (open.rows.length === 0) return [];
    if (Date.now() > deadline) return open.rows.map(({ id, state }) => `${id} ${state}`);
  }
}

export async function waitingForPerson(cluster: Cluster): Promise<WaitingTransaction[]> {
  const waiting = await cluster.db.query<Record<string, unknown> & WaitingTransaction>(
    `select id, state, kind, connection_id as "connectionId", error_code as code from transaction
     where state in ('needs_review', 'failed') order by sequence`,
  );
  return waiting.rows;
}

/**
 * What a person does, by what the HIS really holds: settles the one by hand, has the other sent again (twice, I5). From
 * here on the hospitals can be asked. Resolves to what did not go as it must, in words.
 */
export async function review(
  cluster: Cluster,
  client: Client,
  waiting: readonly WaitingTransaction[],
  random: Random,
): Promise<string[]> {
  for (const hospital of cluster.hospitals) await hospital.profile('by-tag');
  const problems: string[] = [];
  for (const each of waiting) {
    const hospital = cluster.hospitals.find(({ connectionId }) => connectionId === each.connectionId);
    const byHand = each.state === 'needs_review' && each.kind === 'book' && hospital && random.chance(0.5);
    const path = `/v1/transactions/${each.id}`;
    const ask = (what: string, body: unknown) =>
      client.ask({ method: 'POST', path: `${path}/${what}`, role: 'support', body });
    if (byHand) {
      const effect = (await hospital.effects()).appointments.find(({ transactionId }) => transactionId === each.id);
      const answer = await ask('resolve', {
        reason: 'asked by telephone',
        ...(effect?.status === 'booked' ? { as: 'booked', externalId: effect.vendorId } : { as: 'absent' }),
      });
      if (answer.status !== 200) problems.push(`${each.id} was not resolved: ${answer.status}`);
      continue;
    }
    for (const nth of ['first', 'second']) {
      const answer = await ask('replay', { mode: 'same' });
      // 409: the first one has been carried out already, or is under way.
      const isRight = answer.status < 300 || (nth === 'second' && answer.status === 409);
      if (!isRight) problems.push(`the ${nth} replay of ${each.id} (${each.state}) was answered ${answer.status}`);
    }
  }
  return problems;
}
