/** Free slots by STU3 Appointment.$find: one search per visit type and day, as production clients do. Source: specification 840. */
import { AdapterError, inParallel, type Call, type FoundSlot, type SlotAtHis } from '#adapter-kit';
import { PAGING_EXPIRED, asError, ignored } from './classify.ts';
import { Refused, type Bundle, type EpicClient } from './client.ts';
import type { VisitType } from './settings.ts';

const DAY_MS = 24 * 60 * 60_000;
const SEARCHES_AT_ONCE = 8;
/** More pages of one day than any template has: a server that links in circles. */
const PAGES_MAX = 100;

/** A site that ignores one of these answers another question, with status 200. */
const NEEDED_PARAMETERS = ['patient', 'startTime', 'endTime', 'serviceType'];

interface Search {
  readonly patientId: string;
  /** RFC 3339 */
  readonly from: string;
  readonly to: string;
  readonly visitType: VisitType;
}

/** Slots that start in [from, to). A slot that turns up twice is given once. */
export async function* findSlots(
  client: EpicClient,
  call: Call,
  window: { readonly from: string; readonly to: string },
): AsyncIterable<readonly FoundSlot[]> {
  const searches = days(window).flatMap((day) =>
    client.settings.visitTypes.map((visitType): Search => ({
      patientId: client.settings.probePatientId,
      ...day,
      visitType,
    })),
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

async function slotsOf(client: EpicClient, call: Call, search: Search): Promise<FoundSlot[]> {
  try {
    const pages = await pagesOf(client, call, search);
    // The mapping holds each of its items to the contract his-slot.
    return pages.flatMap((bundle) => call.map('slot', { bundle, visitType: search.visitType }) as FoundSlot[]);
  } catch (error) {
    throw error instanceof Refused ? asError(error.refusal) : error;
  }
}

/** The token by which `slot` can be booked for this patient now; undefined when it is not offered. Throws Refused or AdapterError. */
export async function bookTokenOf(
  client: EpicClient,
  call: Call,
  slot: SlotAtHis,
  patientId: string,
): Promise<string | undefined> {
  for (const visitType of visitTypesOf(client, slot)) {
    const pages = await pagesOf(client, call, { patientId, from: slot.start, to: slot.end, visitType });
    // The mapping names exactly these members, all required.
    const offers = pages.flatMap(
      (bundle) => call.map('offer', { bundle }) as { slotExternalId: string; bookToken: string; start: string }[],
    );
    // The same key at another time is not what the patient chose: the template was changed.
    const offer = offers.find(
      (each) => each.slotExternalId === slot.externalId && Date.parse(each.start) === Date.parse(slot.start),
    );
    if (offer !== undefined) return offer.bookToken;
  }
  return undefined;
}

/** The visit type in which the slot was found; where that is not known, those of its mode. */
function visitTypesOf({ settings }: EpicClient, { details, mode }: SlotAtHis): readonly VisitType[] {
  const found = settings.visitTypes.filter(
    ({ system, code }) => system === details['visitTypeSystem'] && code === details['visitTypeCode'],
  );
  return found.length > 0 ? found : settings.visitTypes.filter((each) => each.mode === mode);
}

async function pagesOf(client: EpicClient, call: Call, search: Search): Promise<Bundle[]> {
  try {
    return await followPages(client, call, search);
  } catch (error) {
    const expired = error instanceof Refused && error.refusal.reason === PAGING_EXPIRED;
    if (!expired) throw error;
    return followPages(client, call, search);
  }
}

/** The next page is a POST of the same body to the link, verbatim. */
async function followPages(client: EpicClient, call: Call, search: Search): Promise<Bundle[]> {
  const body = call.map('find-request', search);
  const pages: Bundle[] = [];
  const visited = new Set<string>();
  let path: string | undefined = 'Appointment/$find';
  while (path !== undefined) {
    if (visited.has(path) || pages.length === PAGES_MAX) {
      throw new AdapterError(
        'protocol',
        'endless-paging',
        `expected at most ${PAGES_MAX} different pages of $find: the next link leads in a circle`,
      );
    }
    visited.add(path);
    const page: Bundle = await client.bundle(call, { version: 'STU3', path, intent: 'read', body });
    if (ignored(page, NEEDED_PARAMETERS)) {
      throw new Refused({ class: 'invalid', reason: 'configuration', vendorCode: '59109' });
    }
    pages.push(page);
    path = nextLink(page, client);
  }
  return pages;
}

/** A link to another origin would carry the token there. */
function nextLink(page: Bundle, client: EpicClient): string | undefined {
  const next = page.link?.find(({ relation }) => relation === 'next')?.url;
  if (next === undefined) return undefined;
  const { origin } = new URL(client.settings.baseUrl);
  if (URL.canParse(next) && new URL(next).origin === origin) return next;
  throw new AdapterError(
    'misconfigured',
    'foreign-origin',
    `expected the next page of $find at ${origin}, got a link to elsewhere: not followed`,
  );
}

/** 24 hours each, the last one shorter. */
function days({ from, to }: { readonly from: string; readonly to: string }): { from: string; to: string }[] {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const count = Math.max(0, Math.ceil((end - start) / DAY_MS));
  return Array.from({ length: count }, (_, day) => ({
    from: new Date(start + day * DAY_MS).toISOString(),
    to: new Date(Math.min(start + (day + 1) * DAY_MS, end)).toISOString(),
  }));
}
