/** What each search needs, and what it finds. A parameter that is missing is 400, one that stands twice is, too. */
import type {
  SimulatedAppointment,
  SimulatedHis,
  SimulatedSlot,
  VendorAnswer,
  VendorRequest,
} from '#adapter-kit/simulator';
import { SERVICE_TYPE_SYSTEM } from './hospital.ts';
import { NO_PARAMETERS, fhir, outcome, plain, type Json, type Resource } from './reply.ts';
import {
  appointmentResource,
  isMerged,
  locationResource,
  patientResource,
  practitionerResource,
  serviceTypeOf,
  slotResource,
} from './resources.ts';
import type { SlotDesk } from './slot-desk.ts';

/** Matches, or the refusal of the question. */
export type Found = { readonly matches: readonly Resource[] } | { readonly refused: VendorAnswer };

export function search(his: SimulatedHis, desk: SlotDesk, type: string, { url }: VendorRequest): Found {
  const query = url.searchParams;
  const names = [...query.keys()];
  const repeated = names.find((name, nth) => names.indexOf(name) !== nth && name !== 'start' && name !== 'date');
  const refused = (): Found => ({ refused: plain(his, 400, NO_PARAMETERS) });
  if (repeated !== undefined) return refused();
  switch (type) {
    case 'Slot':
      if (query.has('_id')) return found(slotsById(his, desk, query));
      if (poisoned(his, 'slots')) return incomplete('Slot');
      return query.has('service-type') ? (found(freeSlots(his, desk, query)) ?? refused()) : refused();
    case 'Appointment':
      if (his.lookup === 'none') return { refused: plain(his, 403, 'Access denied') };
      if (poisoned(his, 'appointments')) return incomplete('Appointment');
      return found(appointments(his, query)) ?? refused();
    case 'Patient':
      return found(patients(his, query)) ?? refused();
    case 'Practitioner':
      return found(practitioners(his, query)) ?? refused();
    case 'Location':
      return query.has('_id')
        ? found(his.book.world.locations.filter(({ id }) => idsIn(query).includes(id)).map(locationResource))
        : refused();
    default:
      return refused();
  }
}

function found(matches: readonly Resource[]): Found;
function found(matches: readonly Resource[] | undefined): Found | undefined;
function found(matches: readonly Resource[] | undefined): Found | undefined {
  return matches && { matches };
}

const idsIn = (query: URLSearchParams, name = '_id'): string[] => (query.get(name) ?? '').split(',');

/** Quirk O9. */
const poisoned = (his: SimulatedHis, what: string): boolean =>
  his.quirks.value('O9') === true || his.quirks.value('O9') === what;

const incomplete = (type: string): Found => ({
  refused: fhir(500, outcome('fatal', 'required', { location: [`/f:${type}/f:status`] })),
});

function slotsById({ book }: SimulatedHis, desk: SlotDesk, query: URLSearchParams): Resource[] {
  const version = desk.versionsNow();
  return idsIn(query)
    .map((id) => book.slot(id))
    .filter((slot) => slot !== undefined)
    .map((slot) => slotResource(slot, desk.status(slot), version(slot)));
}

/** Undefined when the two bounds of the start are not there. */
function freeSlots(his: SimulatedHis, desk: SlotDesk, query: URLSearchParams): Resource[] | undefined {
  const bounds = boundsIn(query.getAll('start'));
  if (bounds === undefined) return undefined;
  const types = idsIn(query, 'service-type');
  const actors = query.has('schedule.actor') ? idsIn(query, 'schedule.actor') : undefined;
  const locations = query.has('-location') ? idsIn(query, '-location') : undefined;
  const isWanted = (slot: SimulatedSlot): boolean => {
    const { code, standard } = serviceTypeOf(slot);
    const codes = [code, `${SERVICE_TYPE_SYSTEM}|${code}`, standard.code, `${standard.system}|${standard.code}`];
    return (
      codes.some((each) => types.includes(each)) &&
      (actors?.includes(`Practitioner/${slot.providerId}`) ?? true) &&
      (locations?.includes(`Location/${slot.locationId}`) ?? true)
    );
  };
  const version = desk.versionsNow();
  return [...his.book.freeSlots(bounds.from, bounds.to), ...staleSlots(his, bounds)]
    .filter((slot) => isWanted(slot) && (his.quirks.on('O12') || desk.status(slot) === 'free'))
    .toSorted((a, b) => a.start.localeCompare(b.start) || a.id.localeCompare(b.id))
    .map((slot) => slotResource(slot, 'free', version(slot)));
}

/** Quirk O12: what is booked is still shown. */
function staleSlots(his: SimulatedHis, { from, to }: { readonly from: Date; readonly to: Date }): SimulatedSlot[] {
  if (!his.quirks.on('O12')) return [];
  return his.book
    .appointments()
    .filter(({ status, slot }) => status === 'booked' && new Date(slot.start) >= from && new Date(slot.start) < to)
    .map(({ slot }) => slot);
}

/** Exactly one `ge` and one `lt`, each a date-time with its zone. */
function boundsIn(values: readonly string[]): { readonly from: Date; readonly to: Date } | undefined {
  const bound = (prefix: string): Date | undefined => {
    const text = values.find((each) => each.startsWith(prefix))?.slice(prefix.length) ?? '';
    return /T.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)) ? new Date(text) : undefined;
  };
  const [from, to] = [bound('ge'), bound('lt')];
  return values.length === 2 && from !== undefined && to !== undefined ? { from, to } : undefined;
}

function appointments(his: SimulatedHis, query: URLSearchParams): Resource[] | undefined {
  const all = his.book.appointments();
  const shown = (some: readonly SimulatedAppointment[]): Resource[] =>
    some.map((each) => appointmentResource(his, each));
  if (query.has('_id')) return shown(all.filter(({ vendorId }) => idsIn(query).includes(vendorId)));
  const actors = ['patient', 'practitioner', 'location'].filter((name) => query.has(name));
  const bounds = boundsIn(query.getAll('date'));
  const [actor, another] = actors;
  if (actor === undefined || another !== undefined || bounds === undefined) return undefined;
  const ids = idsIn(query, actor).map((each) => each.replace(/^.*\//, ''));
  const isOf = ({ patientId, slot }: SimulatedAppointment): boolean =>
    ids.includes(actor === 'patient' ? patientId : actor === 'practitioner' ? slot.providerId : slot.locationId);
  const isIn = (instant: string): boolean => new Date(instant) >= bounds.from && new Date(instant) < bounds.to;
  const statuses = query.get('status')?.split(',');
  return shown(
    all.filter(
      (each) =>
        isOf(each) &&
        (isIn(each.slot.start) || (his.quirks.on('O17') && isIn(each.slot.end))) &&
        (statuses?.includes(each.status) ?? true),
    ),
  );
}

function patients(his: SimulatedHis, query: URLSearchParams): Resource[] | undefined {
  const known = ['_id', 'identifier', 'name', 'family', 'given', 'birthdate', 'phone', 'email'];
  if (!known.some((name) => query.has(name))) return undefined;
  const isWanted = (resource: Resource): boolean =>
    [...query].every(([name, value]) => personFits(resource, name, value));
  return his.book
    .patients()
    .filter(({ id }) => !isMerged(his, id))
    .map((each) => patientResource(his, each))
    .filter(isWanted);
}

function practitioners(his: SimulatedHis, query: URLSearchParams): Resource[] | undefined {
  const isName = (name: string): boolean => (query.get(name) ?? '').length >= 2;
  const isEnough =
    ['_id', 'identifier', 'active'].some((name) => query.has(name)) || isName('family') || isName('name');
  if (!isEnough) return undefined;
  return his.book
    .providers()
    .map(practitionerResource)
    .filter((resource) => [...query].every(([name, value]) => personFits(resource, name, value)));
}

/** Names are found by their beginning, whatever the case; parameters that are not listed are ignored. */
function personFits(resource: Resource, name: string, value: string): boolean {
  const begins = (members: readonly string[]): boolean => {
    const [first] = resource['name'] as readonly Readonly<Record<string, string | readonly string[]>>[];
    const texts = members.flatMap((member) => first?.[member] ?? []);
    return texts.some((each) => each.toLowerCase().startsWith(value.toLowerCase()));
  };
  switch (name) {
    case '_id':
      return value.split(',').includes(resource.id);
    case 'identifier': {
      const [system, number] = value.includes('|') ? value.split('|') : [undefined, value];
      return (resource['identifier'] as readonly Json[]).some(
        (each) => each['value'] === number && (system === undefined || each['system'] === system),
      );
    }
    case 'active':
      return String(resource['active']) === value;
    case 'birthdate':
      return resource['birthDate'] === value;
    case 'family':
      return begins(['family']);
    case 'given':
      return begins(['given']);
    case 'name':
      return begins(['family', 'given']);
    case 'phone':
    case 'email':
      return JSON.stringify(resource['telecom'] ?? []).includes(`"${value}"`);
    default:
      return true;
  }
}
