/** A share of what is made to harm, at a hub at work. `npm run fuzz -- corpora` sends all of it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attackWith, CORPORA } from '../fuzz/corpora/attack.ts';
import { Target } from '../fuzz/corpora/target.ts';

const SHARE = 1 / 20;

let target: Target;
beforeAll(async () => {
  target = await Target.open();
}, 60_000);
afterAll(() => target.stop());

test.each(CORPORA)(
  '$name: nothing crashes, no 5xx, nothing is read as something else',
  async (corpus) => {
    const { cases, outcomes, failures } = await attackWith(target, corpus, SHARE);
    expect(failures).toEqual([]);
    expect(outcomes.refused + outcomes.taken + outcomes.closed).toBe(cases);
    expect(cases).toBeGreaterThan(5);
  },
  120_000,
);

test('no patient’s data are in the log, in refusals, or readable in any table', async () => {
  expect(await target.findLeaks()).toEqual([]);
});
