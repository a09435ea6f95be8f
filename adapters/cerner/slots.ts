/** Free slots: one search per practitioner and service type, since a slot itself names neither. Source: docs.oracle.com mfrap, Slot (R4). */
import { inParallel, type Call, type FoundSlot } from '#adapter-kit';
import { asError } from './classify.ts';
import { Refused, type Bundle, type CernerClient } from './client.ts';
import { pages } from './pages.ts';
import type { ServiceType } from './settings.ts';

const PAGE_SIZE = 100;
const SEARCHES_AT_ONCE = 8;

export interface Window {
  /** RFC 3339 */
  readonly from: string;
  readonly to: string;
}

interface Search extends Window {
  readonly practitionerId: string;
  readonly serviceType: ServiceType;
}

/** mappings/cerner/slot-state.yaml */
export interface SlotState {
  readonly externalId: string;
  readonly version: string;
  /** `free`, `busy-tentative` (held), `busy`, `busy-unavailable`. */
  readonly status: string;
}

/** Slots that start in [from, to). A slot that turns up twice is given once. */
export async function* findSlots(
  client: CernerClient,
  call: Call,
  window: Window,
): AsyncIterable<readonly FoundSlot[]> {
  const practitionerIds = await practitionersOf(client, call);
  const searches = practitionerIds.flatMap((practitionerId) =>
    client.settings.serviceTypes.map((serviceType): Search => ({ ...window, practitionerId, serviceType })),
  );
  const seen = new Set<string>();
  for await (const slots of inParallel(searches, SEARCHES_AT_ONCE, (search) => slotsOf(client, call, search))) {
    yield slots.filter(({ externalId, start }) => {
      const isNew =
        !seen.has(externalId) &&
        Date.parse(start) >= Date.parse(window.from) &&
        Date.parse(start) < Date.parse(window.to);
      if (isNew) seen.add(externalId);
      return isNew;
    });
  }
}

/** The practitioners that are named in the settings, or else all that are active. Throws AdapterError. */
export async function practitionersOf(client: CernerClient, call: Call): Promise<readonly string[]> {
  const { practitionerIds } = client.settings;
  if (practitionerIds.length > 0) return practitionerIds;
  const ids = new Set<string>();
  for await (const page of readable(pages(client, call, 'Practitioner?active=true'))) {
    for (const { externalId } of call.map('provider', page) as { externalId: string }[]) ids.add(externalId);
  }
  return [...ids];
}

/** Where this practitioner has slots in the window: the first page of each service type says enough. Throws AdapterError. */
export async function workplacesOf(
  client: CernerClient,
  call: Call,
  practitionerId: string,
  window: Window,
): Promise<string[]> {
  const found = new Set<string>();
  for (const serviceType of client.settings.serviceTypes) {
    for await (const page of readable(slotPages(client, call, { ...window, practitionerId, serviceType }))) {
      for (const slot of slotsIn(call, page, practitionerId, serviceType)) found.add(slot.locationExternalId);
      break;
    }
  }
  return [...found];
}

async function slotsOf(client: CernerClient, call: Call, search: Search): Promise<FoundSlot[]> {
  const slots: FoundSlot[] = [];
  for await (const page of readable(slotPages(client, call, search))) {
    slots.push(...slotsIn(call, page, search.practitionerId, search.serviceType));
  }
  return slots;
}

/** Slots of the next hours, of one practitioner in one service type: what a check reads. */
export function slotPages(client: CernerClient, call: Call, search: Search): AsyncGenerator<Bundle> {
  const { practitionerId, serviceType, from, to } = search;
  // The mapping names exactly these two members, both required.
  const bounds = call.map('search-window', { from, to }) as Window;
  const query = new URLSearchParams([
    ['service-type', serviceType.system === undefined ? serviceType.code : `${serviceType.system}|${serviceType.code}`],
    ['schedule.actor', `Practitioner/${practitionerId}`],
    ['-location', client.settings.locationIds.map((id) => `Location/${id}`).join(',')],
    ['start', `ge${bounds.from}`],
    ['start', `lt${bounds.to}`],
    ['_count', String(PAGE_SIZE)],
  ]);
  return pages(client, call, `Slot?${query.toString()}`);
}

/** The mapping holds each of its items to the contract his-slot. */
export const slotsIn = (call: Call, bundle: Bundle, practitionerId: string, serviceType: ServiceType): FoundSlot[] =>
  call.map('slot', { bundle, practitionerId, serviceType }) as FoundSlot[];

/** A slot whatever its status; undefined when it is not there (any more). Throws Refused or AdapterError. */
export async function readSlot(client: CernerClient, call: Call, id: string): Promise<SlotState | undefined> {
  const bundle = await client.bundle(call, `Slot?${new URLSearchParams({ _id: id }).toString()}`);
  const states = call.map('slot-state', bundle) as SlotState[];
  return states.find(({ externalId }) => externalId === id);
}

/** The same pages; a refusal is thrown as AdapterError. */
export async function* readable<Page>(of: AsyncGenerator<Page>): AsyncGenerator<Page> {
  try {
    yield* of;
  } catch (error) {
    throw error instanceof Refused ? asError(error.refusal) : error;
  }
}
