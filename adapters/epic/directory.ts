/** Providers and locations by R4 search. Epic has no "list all": roles are searched by specialty, the rest by the ids found there. */
import type { Call, FoundLocation, FoundProvider } from '#adapter-kit';
import { asError } from './classify.ts';
import { Refused, type EpicClient } from './client.ts';

/** Ids per search, so that the URL stays short and the answer below Epic's bound of 100 results. */
const IDS_AT_ONCE = 50;

/** mappings/epic/provider-role.yaml */
interface Role {
  readonly providerExternalId: string;
  readonly specialties: readonly string[];
  readonly locationExternalIds: readonly string[];
}

export async function* listProviders(client: EpicClient, call: Call): AsyncIterable<readonly FoundProvider[]> {
  const roles = await rolesOf(client, call);
  for (const ids of groups(roles.map(({ providerExternalId }) => providerExternalId))) {
    const found = (await search(client, call, 'Practitioner', 'provider', { _id: ids.join(',') })) as FoundProvider[];
    yield found.map((provider) => {
      const own = roles.filter(({ providerExternalId }) => providerExternalId === provider.externalId);
      return {
        ...provider,
        specialties: [...new Set(own.flatMap(({ specialties }) => specialties))],
        locationExternalIds: [...new Set(own.flatMap(({ locationExternalIds }) => locationExternalIds))],
      };
    });
  }
}

export async function* listLocations(client: EpicClient, call: Call): AsyncIterable<readonly FoundLocation[]> {
  const roles = await rolesOf(client, call);
  for (const ids of groups(roles.flatMap(({ locationExternalIds }) => locationExternalIds))) {
    yield (await search(client, call, 'Location', 'location', { _id: ids.join(',') })) as FoundLocation[];
  }
}

async function rolesOf(client: EpicClient, call: Call): Promise<Role[]> {
  const roles: Role[] = [];
  for (const { system, code } of client.settings.specialties) {
    const found = await search(client, call, 'PractitionerRole', 'provider-role', { specialty: `${system}|${code}` });
    roles.push(...(found as Role[]));
  }
  return roles;
}

/** What the mapping makes of the results; held to its contract where it names one. */
async function search(
  client: EpicClient,
  call: Call,
  type: string,
  mapping: string,
  parameters: Readonly<Record<string, string>>,
): Promise<unknown> {
  try {
    const path = `${type}?${new URLSearchParams(parameters).toString()}`;
    return call.map(mapping, await client.bundle(call, { version: 'R4', path, intent: 'read' }));
  } catch (error) {
    throw error instanceof Refused ? asError(error.refusal) : error;
  }
}

function groups(ids: readonly string[]): string[][] {
  const distinct = [...new Set(ids)];
  return Array.from({ length: Math.ceil(distinct.length / IDS_AT_ONCE) }, (_, nth) =>
    distinct.slice(nth * IDS_AT_ONCE, (nth + 1) * IDS_AT_ONCE),
  );
}
