/** Locations, providers and free slots. */
import type { Call, FoundLocation, FoundProvider, FoundSlot, SlotAtHis } from '#adapter-kit';
import type { XmlClient } from './client.ts';
import { askAbout, rowsOf } from './rows.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export async function* listLocations(client: XmlClient, call: Call): AsyncIterable<readonly FoundLocation[]> {
  for await (const rows of rowsOf(client, call, 'locations', {}, 'fail')) {
    // The mapping holds each of its rows to the contract his-location; so below to his-provider and his-slot.
    yield rows.map(({ value }) => value as unknown as FoundLocation);
  }
}

/** Whoever is listed twice (for two specialties, at two clinics) is one provider with both. */
export async function* listProviders(client: XmlClient, call: Call): AsyncIterable<readonly FoundProvider[]> {
  const providers = new Map<string, FoundProvider>();
  for await (const rows of rowsOf(client, call, 'providers', {}, 'fail')) {
    for (const { value } of rows) {
      const found = value as unknown as FoundProvider;
      const known = providers.get(found.externalId);
      providers.set(found.externalId, known === undefined ? found : { ...found, ...united(known, found) });
    }
  }
  yield [...providers.values()];
}

function united(one: FoundProvider, other: FoundProvider): Partial<FoundProvider> {
  const both = (a: readonly string[] = [], b: readonly string[] = []): readonly string[] => [...new Set([...a, ...b])];
  return {
    specialties: both(one.specialties, other.specialties),
    locationExternalIds: both(one.locationExternalIds, other.locationExternalIds),
  };
}

/** Slots that start in [from, to) and not in the past, each once. */
export async function* findSlots(
  client: XmlClient,
  call: Call,
  window: { readonly from: string; readonly to: string },
): AsyncIterable<readonly FoundSlot[]> {
  const seen = new Set<string>();
  for (const span of spans(window, client.operation('slots').windowDays)) {
    const earliest = Math.max(Date.parse(window.from), call.now());
    for await (const rows of rowsOf(client, call, 'slots', { window: span }, 'skip')) {
      yield rows
        .map(({ value }) => value as unknown as FoundSlot)
        .filter(({ externalId, start }) => {
          const startMs = Date.parse(start);
          const isNew = !seen.has(externalId) && startMs >= earliest && startMs < Date.parse(window.to);
          if (isNew) seen.add(externalId);
          return isNew;
        })
        .toSorted((a, b) => a.start.localeCompare(b.start));
    }
  }
}

/** Whether the HIS offers this slot now. Only its own provider is asked about. */
export async function isOffered(client: XmlClient, call: Call, slot: SlotAtHis): Promise<boolean> {
  const above = {
    providers: { externalId: slot.providerExternalId },
    locations: { externalId: slot.locationExternalId, timeZone: slot.timeZone },
  };
  const window = { from: slot.start, to: slot.end };
  const rows = await askAbout(client, call, client.operation('slots'), { window }, above, 'skip');
  return rows.some(({ value }) => value['externalId'] === slot.externalId);
}

/** What is asked, span by span: of whole minutes, since the wall clocks of some HIS show no less. */
function spans(
  { from, to }: { readonly from: string; readonly to: string },
  days: number | undefined,
): { from: string; to: string }[] {
  const begin = Math.floor(Date.parse(from) / MINUTE_MS) * MINUTE_MS;
  const end = Math.ceil(Date.parse(to) / MINUTE_MS) * MINUTE_MS;
  const step = days === undefined ? Math.max(end - begin, 1) : days * DAY_MS;
  return Array.from({ length: Math.ceil(Math.max(0, end - begin) / step) }, (_, nth) => ({
    from: new Date(begin + nth * step).toISOString(),
    to: new Date(Math.min(begin + (nth + 1) * step, end)).toISOString(),
  }));
}
