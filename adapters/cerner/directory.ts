/** Providers and locations, by their ids. Source: docs.oracle.com mfrap, Practitioner and Location (R4). */
import { inParallel, type Call, type FoundLocation, type FoundProvider } from '#adapter-kit';
import type { CernerClient } from './client.ts';
import { pages } from './pages.ts';
import { practitionersOf, readable, workplacesOf } from './slots.ts';

/** Ids per search, so that the URL stays short. */
const IDS_AT_ONCE = 50;
const SEARCHES_AT_ONCE = 8;
/** A Practitioner does not say where somebody works: that is where slots are on offer in this time. */
const WORKPLACE_DAYS = 28;

export async function* listProviders(client: CernerClient, call: Call): AsyncIterable<readonly FoundProvider[]> {
  const now = call.now();
  const window = {
    from: new Date(now).toISOString(),
    to: new Date(now + WORKPLACE_DAYS * 86_400_000).toISOString(),
  };
  for await (const page of byId(client, call, 'Practitioner', await practitionersOf(client, call))) {
    const found = call.map('provider', page) as FoundProvider[];
    const providers: FoundProvider[] = [];
    const withWorkplaces = async (provider: FoundProvider): Promise<FoundProvider> => ({
      ...provider,
      locationExternalIds: await workplacesOf(client, call, provider.externalId, window),
    });
    for await (const provider of inParallel(found, SEARCHES_AT_ONCE, withWorkplaces)) providers.push(provider);
    yield providers;
  }
}

export async function* listLocations(client: CernerClient, call: Call): AsyncIterable<readonly FoundLocation[]> {
  for await (const page of byId(client, call, 'Location', client.settings.locationIds)) {
    yield call.map('location', page) as FoundLocation[];
  }
}

async function* byId(client: CernerClient, call: Call, type: string, ids: readonly string[]): AsyncGenerator<unknown> {
  const distinct = [...new Set(ids)];
  for (let from = 0; from < distinct.length; from += IDS_AT_ONCE) {
    const query = new URLSearchParams({ _id: distinct.slice(from, from + IDS_AT_ONCE).join(',') });
    yield* readable(pages(client, call, `${type}?${query.toString()}`));
  }
}
