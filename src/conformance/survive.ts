/** Books while something answers in place of the HIS, then without: the connector must have survived. */
import { wordsOf, type Bench, type Written } from './bench.ts';
import type { Choose, Play } from './interposer.ts';
import { must, mustBe } from './must.ts';

export const onWrites =
  (play: Play): Choose =>
  ({ kind }) =>
    kind === 'write' ? play : undefined;

/** What the booking came to; nothing was booked by it. */
export async function survive(bench: Bench, play: Play, deadlineMs?: number): Promise<Written> {
  let active: Choose = onWrites(play);
  const at = await bench.interposed((asked) => active(asked));
  const request = await bench.booking();
  const made = await bench.book(request, { at, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  must(made.outcome.class !== 'success', 'it was taken for a booking, and the HIS holds none');
  mustBe(await bench.side.effectsOf(made.transactionId), [], 'appointments at the HIS');
  active = () => undefined;
  const next = await bench.book(await bench.booking(), { at });
  mustBe(wordsOf(next.outcome), 'success', 'the next booking by the same connector');
  return made;
}
