/** What a HIS says about waiting, and what nobody has listed yet. */
import type { Behaviour } from '../behaviour.ts';
import { wordsOf } from '../bench.ts';
import { mustBe, mustBeOneOf } from '../must.ts';
import { onWrites } from '../survive.ts';

/** Retry-After as each vendor may write it; on a write, where the waiting matters. */
const retryAfter: readonly Behaviour[] = (['seconds', 'date'] as const).map((form) => ({
  id: `retry-after-${form}`,
  title: `Retry-After ${form === 'date' ? 'as a date, by the clock of the HIS' : 'in seconds'} is kept`,
  needs: ['HTTP'],
  async run(bench) {
    // Nine minutes ahead of us: a date counts from the HIS's own clock.
    const hisNow = Date.now() + 9 * 60_000;
    const headers =
      form === 'seconds'
        ? { 'retry-after': '7' }
        : { 'retry-after': new Date(hisNow + 7_000).toUTCString(), date: new Date(hisNow).toUTCString() };
    const at = await bench.interposed(onWrites({ words: { status: 429, headers } }));
    const { outcome } = await bench.book(await bench.booking(), { at });
    mustBeOneOf(outcome.class, ['throttled', 'unknown'], 'the class of the outcome');
    mustBe('retryAfterMs' in outcome && outcome.retryAfterMs, 7_000, 'retryAfterMs');
  },
}));

export const waiting: readonly Behaviour[] = [
  ...retryAfter,
  {
    id: 'unlisted-code',
    title: 'an answer that the vendor’s table does not list is uncategorised',
    needs: ['HTTP'],
    async run(bench) {
      const at = await bench.interposed(onWrites({ words: { status: 418 } }));
      const { outcome } = await bench.book(await bench.booking(), { at });
      mustBe(outcome.class, 'uncategorised', `the class of the outcome (${wordsOf(outcome)})`);
    },
  },
];
