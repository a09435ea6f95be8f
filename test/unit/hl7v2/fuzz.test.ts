/** A share of `npm run fuzz -- hl7`, from seeds of its own. */
import { expect, test } from '@jest/globals';
import { seeded } from '../../chaos/random.ts';
import { openHl7Fuzz } from '../../fuzz/hl7.ts';

const EXECUTIONS = 1_500;
const FIRST_SEED = 2_000_000_000;

test('damaged frames and messages crash nothing, whatever they are and however they are cut', async () => {
  const fuzz = openHl7Fuzz();
  const failed: string[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + EXECUTIONS; seed += 1) {
    await fuzz.execute(seeded(seed)).catch((error: unknown) => void failed.push(`seed ${seed}: ${String(error)}`));
  }
  await fuzz.close();
  expect(failed).toEqual([]);
}, 60_000);
