/** Reserving a slot at the HIS, and giving it back. */
import type { SlotAtHis } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { wordsOf, type Bench } from '../bench.ts';
import { mustBe } from '../must.ts';

const hold = async (bench: Bench, slot: SlotAtHis, release: boolean): Promise<string> =>
  wordsOf((await bench.write((call, connector) => connector.hold?.(call, { slot, release }))).outcome);

async function isOffered(bench: Bench, { externalId, start, end }: SlotAtHis): Promise<boolean> {
  return (await bench.slotsIn({ from: start, to: end })).some((each) => each.externalId === externalId);
}

export const holding: readonly Behaviour[] = [
  {
    id: 'holds',
    title: 'a held slot is offered to nobody, and offered again when it is given back',
    needs: ['HIS', 'HoldsSlots'],
    async run(bench) {
      const slot = await bench.slot();
      mustBe(await hold(bench, slot, false), 'success', 'the hold');
      mustBe(await isOffered(bench, slot), false, 'whether the held slot is offered');
      mustBe(await hold(bench, slot, true), 'success', 'the release');
      mustBe(await isOffered(bench, slot), true, 'whether the released slot is offered');
    },
  },
  {
    id: 'hold-taken',
    title: 'a taken slot cannot be held',
    needs: ['HIS', 'HoldsSlots'],
    async run(bench) {
      const slot = await bench.slot();
      await bench.side.takeSlot(slot);
      const words = await hold(bench, slot, false);
      mustBe(words.split(' ')[0], 'conflict', `the class of the outcome (${words})`);
    },
  },
];
