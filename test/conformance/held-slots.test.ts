/** The control side tells what anybody can have from what the HIS keeps for somebody. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { SimulatedSlot } from '#adapter-kit/simulator';
import adapter from '../../adapters/cerner/index.ts';
import startSimulator from '../../adapters/cerner/simulator.ts';
import { slotAtHis, startHospital, type SimulatedHospital } from '../support/simulated-hospital.ts';

let hospital: SimulatedHospital;
beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
});
afterEach(() => hospital.quirks({ O7: false }));
afterAll(() => hospital.close());

/** Where the control side shows a slot. */
async function stateOf(slotId: string, controlUrl = hospital.simulator.controlUrl): Promise<string> {
  const window = new URLSearchParams({ from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' });
  const response = await fetch(`${controlUrl}/slots?${window.toString()}`);
  const { slots, held } = (await response.json()) as Record<'slots' | 'held', SimulatedSlot[]>;
  const [isFree, isHeld] = [slots, held].map((each) => each.some(({ id }) => id === slotId));
  if (isFree === true) return isHeld === true ? 'both' : 'free';
  return isHeld === true ? 'held' : 'busy';
}

test('a slot that is held at the HIS is shown as held, after a restart too, and as free when it is let go', async () => {
  const [found] = await hospital.slots();
  if (found === undefined) throw new Error('the sandbox has no slots');
  const slot = slotAtHis(found, 'America/Chicago');
  expect(await stateOf(slot.externalId)).toBe('free');
  await hospital.connector.hold?.(hospital.call(), { slot, release: false });
  expect(await stateOf(slot.externalId)).toBe('held');
  const restarted = await startSimulator({ directory: hospital.directory, seed: 7 });
  expect(await stateOf(slot.externalId, restarted.controlUrl)).toBe('held');
  await restarted.stop();
  await hospital.connector.hold?.(hospital.call(), { slot, release: true });
  expect(await stateOf(slot.externalId)).toBe('free');
});

test('a slot that is busy for a reason of the vendor’s own (O7) is neither free nor held', async () => {
  const slots = (await hospital.slots()).toSorted(
    (a, b) => a.providerExternalId.localeCompare(b.providerExternalId) || a.start.localeCompare(b.start),
  );
  const nth = slots.findIndex(
    (each, at) => slots[at - 1]?.end === each.start && slots[at - 1]?.providerExternalId === each.providerExternalId,
  );
  const [before, after] = slots.slice(nth - 1, nth + 1);
  await hospital.edit({ op: 'book-outside', externalId: before?.externalId ?? '' });
  expect(await stateOf(before?.externalId ?? '')).toBe('busy');
  expect(await stateOf(after?.externalId ?? '')).toBe('free');
  await hospital.quirks({ O7: true });
  expect(await stateOf(after?.externalId ?? '')).toBe('busy');
});
