/** Providers and locations: everything once, nothing twice, in the words of the contracts. */
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { Call, Connector } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { must, mustBe } from '../must.ts';

export const keysOf = (items: readonly { readonly externalId: string }[]): string[] =>
  items.map(({ externalId }) => externalId).toSorted();

export function mustHaveNoneTwice(keys: readonly string[], what: string): void {
  const twice = keys.filter((key, nth) => keys.indexOf(key) !== nth);
  must(twice.length === 0, `${what} given more than once: ${twice.slice(0, 3).join(', ')}`);
}

export function mustFit(bench: Bench, contract: string, items: readonly unknown[]): void {
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

export const directory: readonly Behaviour[] = [
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
