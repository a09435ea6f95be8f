/** What to think of a HIS that should tell by itself what changes there, by when it was last heard. */
import type { Policy } from './policy.ts';

/** `detail` and `remedy` are for a person; null while there is nothing to worry about. */
export interface FeedHealth {
  /** RFC 3339 instant of the last message; null: none ever came. */
  readonly heardAt: string | null;
  readonly silent: boolean;
  readonly detail: string | null;
  readonly remedy: string | null;
}

const REMEDY =
  'Have the HIS send its messages to the listener of the hub (TESSERA_HOST, TESSERA_MLLP_PORT, and TESSERA_MLLP_TLS_CERT or TESSERA_MLLP_ALLOW), under the sender’s names that this connection is configured with, and see that its outbound queue is running.';

export function feedHealth(
  heardAt: string | null,
  { feedSilentAfterMs }: Pick<Policy, 'feedSilentAfterMs'>,
  nowMs: number,
): FeedHealth {
  if (heardAt === null) {
    const detail = 'the HIS has never told anything by itself: slots, and changes made there, are not known';
    return { heardAt, silent: true, detail, remedy: REMEDY };
  }
  if (nowMs - Date.parse(heardAt) <= feedSilentAfterMs) return { heardAt, silent: false, detail: null, remedy: null };
  const detail = `nothing was heard from the HIS since ${heardAt}: slots, and changes made there since, may not be known`;
  return { heardAt, silent: true, detail, remedy: REMEDY };
}
