/** Free slots, as the adapter finds them: everything once, nothing twice, at the right instants. */
import type { Behaviour } from '../behaviour.ts';
import { must, mustBe } from '../must.ts';
import { keysOf, mustFit, mustHaveNoneTwice } from './directory.ts';

const DAY_MS = 24 * 3_600_000;
/** Enough to be more than one page of most vendors. */
const WINDOW_DAYS = 9;

function window(days: number): { readonly from: string; readonly to: string } {
  const now = Date.now();
  return { from: new Date(now + DAY_MS).toISOString(), to: new Date(now + (1 + days) * DAY_MS).toISOString() };
}

export const slotLists: readonly Behaviour[] = [
  {
    id: 'finds-slots',
    title: 'free slots come all of them, each once, at the instants at which they are',
    needs: ['HIS', 'FindsSlots'],
    async run(bench) {
      const wanted = window(WINDOW_DAYS);
      const truth = await bench.his.freeSlots(wanted.from, wanted.to);
      const { items, refusal, pages } = await bench.list((call, connector) => connector.findSlots?.(call, wanted));
      must(refusal === undefined, `the search ended with ${refusal?.class} ${refusal?.reason}`);
      mustFit(bench, 'his-slot', items);
      mustHaveNoneTwice(keysOf(items), 'slots');
      mustBe(items.length, truth.length, `slots of ${WINDOW_DAYS} days, in ${pages} pages`);
      const found = new Map(items.map((item) => [item.externalId, item]));
      for (const { id, start, end, providerId, locationId, mode } of truth) {
        const slot = found.get(id);
        must(slot !== undefined, `slot ${id} is missing`);
        mustBe(
          [Date.parse(slot.start), Date.parse(slot.end)],
          [Date.parse(start), Date.parse(end)],
          `times of slot ${id}`,
        );
        mustBe(
          [slot.providerExternalId, slot.locationExternalId],
          [providerId, locationId],
          `provider and location of slot ${id}`,
        );
        mustBe(slot.mode ?? mode, mode, `mode of slot ${id}`);
      }
    },
  },
  {
    id: 'slots-within-window',
    title: 'a search gives what starts in [from, to): the first moment, and not the last',
    needs: ['HIS', 'FindsSlots'],
    async run(bench) {
      const [first, last] = edgesOf((await bench.slots(12)).map(({ start }) => start));
      const { items } = await bench.list((call, connector) => connector.findSlots?.(call, { from: first, to: last }));
      const truth = await bench.his.freeSlots(first, last);
      mustBe(keysOf(items), truth.map(({ id }) => id).toSorted(), 'the slots in the window');
    },
  },
  {
    id: 'slots-within-moments',
    title: 'a window that begins and ends between two minutes gives the same: neither one less nor one more',
    needs: ['HIS', 'FindsSlots'],
    async run(bench) {
      const [first, last] = edgesOf((await bench.slots(12)).map(({ start }) => start));
      const wanted = { from: momentAfter(first), to: momentAfter(last) };
      const { items } = await bench.list((call, connector) => connector.findSlots?.(call, wanted));
      const truth = await bench.his.freeSlots(wanted.from, wanted.to);
      mustBe(keysOf(items), truth.map(({ id }) => id).toSorted(), 'the slots in the window');
    },
  },
  {
    id: 'taken-slots-vanish',
    title: 'a slot that is taken is no longer found',
    needs: ['HIS', 'FindsSlots'],
    async run(bench) {
      const slot = await bench.slot();
      await bench.side.takeSlot(slot);
      const { items } = await bench.list((call, connector) =>
        connector.findSlots?.(call, { from: slot.start, to: new Date(Date.parse(slot.end) + DAY_MS).toISOString() }),
      );
      must(!keysOf(items).includes(slot.externalId), 'the taken slot is still offered');
    },
  },
  {
    id: 'search-fails-loudly',
    title: 'a search that meets an error ends with it: half a list is never taken for the whole',
    needs: ['HIS', 'FindsSlots'],
    async run(bench) {
      await bench.slots(1);
      for (const fault of ['500', 'malformed', 'error-in-200'] as const) {
        await bench.fault({ on: 'slots', fault });
        const { refusal } = await bench.list((call, connector) => connector.findSlots?.(call, window(1)));
        must(refusal !== undefined, `a search that met "${fault}" ended as if nothing had been`);
        await bench.his.clearFaults();
      }
    },
  },
  {
    id: 'token-expires-in-paging',
    title: 'credentials that expire in the middle of a search are renewed, and the list is whole',
    needs: ['HIS', 'FindsSlots'],
    async run(bench) {
      await bench.slots(1);
      const wanted = window(2);
      const truth = await bench.his.freeSlots(wanted.from, wanted.to);
      await bench.fault({ on: 'slots', fault: 'token-expired', times: 1 });
      const { items, refusal } = await bench.list((call, connector) => connector.findSlots?.(call, wanted));
      if (refusal?.class === 'auth') {
        bench.remark = 'its credentials cannot be renewed: the search ends as auth';
        return;
      }
      must(refusal === undefined, `the search ended with ${refusal?.class} ${refusal?.reason}`);
      mustBe(items.length, truth.length, 'slots');
    },
  },
];

/** A search is asked when it is: with seconds and milliseconds that no wall clock of a HIS shows. */
function momentAfter(instant: string): string {
  return new Date(Date.parse(instant) + 1_234).toISOString();
}

function edgesOf(starts: readonly string[]): [string, string] {
  const sorted = starts.toSorted();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || first === last) throw new Error('expected slots at several times');
  return [first, last];
}
