/** Changing what exists: read, decide, PATCH at the version just read. A stale version is read and decided again, at most twice. */
import type { Call, Outcome } from '#adapter-kit';
import { STALE_VERSION } from './classify.ts';
import { Refused, failedBeforeWriting, type CernerClient } from './client.ts';

const REDONE_AT_MOST = 2;

export interface Target<Seen extends { readonly version: string }> {
  readonly type: 'Appointment' | 'Slot';
  readonly id: string;
  /** The present state; undefined when there is none. */
  read(): Promise<Seen | undefined>;
  /** What is there already decides; or the JSON Patch to send, while the intent still holds. */
  decide(seen: Seen | undefined): Outcome | { readonly send: unknown };
  /** What a 422 means here; nothing has been changed by it. */
  explain?(refused: Refused): Promise<Outcome>;
}

export async function change<Seen extends { readonly version: string }>(
  client: CernerClient,
  call: Call,
  target: Target<Seen>,
): Promise<Outcome> {
  for (let redone = 0; ; redone += 1) {
    let seen: Seen | undefined;
    try {
      seen = await target.read();
    } catch (error) {
      // Nothing has been sent, or what was sent was refused as stale.
      return failedBeforeWriting(error);
    }
    const decision = target.decide(seen);
    if ('class' in decision || seen === undefined) return 'class' in decision ? decision : unreadable();
    try {
      const version = await client.patch(call, target.type, target.id, seen.version, decision.send);
      return { class: 'success', externalId: target.id, version };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const isStale = error.refusal.reason === STALE_VERSION;
      if (isStale && redone < REDONE_AT_MOST) continue;
      return target.explain === undefined ? error.refusal : target.explain(error);
    }
  }
}

/** Only a decision could have said what to do about nothing. */
function unreadable(): never {
  throw new Error('a change of nothing was decided: decide() must answer undefined with an outcome');
}
