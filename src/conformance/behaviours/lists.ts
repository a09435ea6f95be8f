/** What is read in lists: everything once, nothing twice, in the words of the contracts, at the right instants. */
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { Call, Connector } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { must, mustBe } from '../must.ts';
import type { Bench } from '../bench.ts';

const DAY_MS = 24 * 3_600_000;
/** Enough to be more than one page of most vendors. */
const WINDOW_DAYS = 9;

function window(days: number): { readonly from: string; readonly to: string } {
  const now = Date.now();
  return { from: new Date(now + DAY_MS).toISOString(), to: new Date(now + (1 + days) * DAY_MS).toISOString() };
}

const keysOf = (items: readonly { readonly externalId: string }[]): string[] =>
  items.map(({ externalId }) => externalId).toSorted();

function mustHaveNoneTwice(keys: readonly string[], what: string): void {
  const twice = keys.filter((key, nth) => keys.indexOf(key) !== nth);
  must(twice.length === 0, `${what} given more than once: ${twice.slice(0, 3).join(', ')}`);
}

function mustFit(bench: Bench, contract: string, items: readonly unknown[]): void {
  const validate: ValidateFunction = bench.subject.contracts.validator(contract);
  for (const item of items) {
    const fits = validate(item);
    const [error] = validate.errors ?? [];
    must(
      fits,
      `breaks contracts/schemas/${contract}.schema.json: ${error?.instancePath ?? '/'} ${error?.message ?? ''}`,
    );
  }
}

async function listed<Item extends { readonly externalId: string }>(
  bench: Bench,
  contract: string,
  expected: readonly { readonly id: string }[],
  pages: (call: Call, connector: Connector) => AsyncIterable<readonly Item[]> | undefined,
): Promise<readonly Item[]> {
  const { items, refusal } = await bench.list(pages);
  must(refusal === undefined, `the list ended with ${refusal?.class} ${refusal?.reason}`);
  mustFit(bench, contract, items);
  mustHaveNoneTwice(keysOf(items), contract);
  mustBe(keysOf(items), expected.map(({ id }) => id).toSorted(), 'what is listed');
  return items;
}

export const lists: readonly Behaviour[] = [
  {
    id: 'finds-slots',
    title: 'free slots come all of them, each once, at the instants at which they are',
    needs: ['HIS', 'FindsSlots'],
    async run(bench) {
      const wanted = window(WINDOW_DAYS);
      const truth = await bench.his.freeSlots(wanted.from, wanted.to);
      const { items, refusal, pageSizes } = await bench.list((call, connector) => connector.findSlots?.(call, wanted));
      must(refusal === undefined, `the search ended with ${refusal?.class} ${refusal?.reason}`);
      mustFit(bench, 'his-slot', items);
      mustHaveNoneTwice(keysOf(items), 'slots');
      mustBe(items.length, truth.length, `slots of ${WINDOW_DAYS} days, in ${pageSizes.length} pages`);
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
    id: 'taken-slots-vanish',
    title: 'a slot that is taken is no longer found',
    needs: ['HIS', 'FindsSlots'],
    async run(bench) {
      const slot = await bench.slot();
      await bench.takeSlot(slot);
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
  {
    id: 'lists-providers',
    title: 'providers are listed, all of them, each once, in the words of the contract',
    needs: ['HIS', 'ListsProviders'],
    async run(bench) {
      const { providers } = await bench.his.world();
      const items = await listed(bench, 'his-provider', providers, (call, connector) =>
        connector.listProviders?.(call),
      );
      for (const { id, name } of providers) {
        mustBe(items.find(({ externalId }) => externalId === id)?.name.family, name.family, `family name of ${id}`);
      }
    },
  },
  {
    id: 'lists-locations',
    title: 'locations are listed, all of them, each once, with the zone where the HIS gives one',
    needs: ['HIS', 'ListsLocations'],
    async run(bench) {
      const { locations } = await bench.his.world();
      const items = await listed(bench, 'his-location', locations, (call, connector) =>
        connector.listLocations?.(call),
      );
      for (const { externalId, timeZone } of items) {
        if (timeZone === undefined) continue;
        mustBe(timeZone, locations.find(({ id }) => id === externalId)?.timeZone, `zone of ${externalId}`);
      }
    },
  },
];

function edgesOf(starts: readonly string[]): [string, string] {
  const sorted = starts.toSorted();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || first === last) throw new Error('expected slots at several times');
  return [first, last];
}
