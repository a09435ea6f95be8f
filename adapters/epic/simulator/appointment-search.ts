/** Which appointments a search shows. Quirks E4, E15, E17. */
import type { SimulatedAppointment, SimulatedHis } from '#adapter-kit/simulator';
import { CSN_SYSTEM } from './hospital.ts';
import type { Issue } from './reply.ts';
import { csnOf } from './resources.ts';

const PARAMETERS = new Set(['patient', 'status', 'identifier', '_id', 'date']);
/** What a site ignores that ignores what matters. */
const NEEDED = ['patient', 'identifier', 'date'];
const LAG_MS = 3000;

/** Quirk E17: the search is behind the book. */
export function isShown(his: SimulatedHis, { createdAt }: SimulatedAppointment): boolean {
  return !his.quirks.on('E17') || Date.parse(createdAt) < Date.now() - LAG_MS;
}

/** The appointments that are found, and the names of the parameters that were ignored. */
export function appointmentsFound(
  his: SimulatedHis,
  search: URLSearchParams,
): { readonly found: readonly SimulatedAppointment[]; readonly ignored: readonly string[] } {
  const unfit = ['needed', 'unsaid'].includes(String(his.quirks.value('E4'))) ? NEEDED : [];
  const ignored = [...new Set(search.keys())].filter((name) => !PARAMETERS.has(name) || unfit.includes(name));
  const wanted = [...search].filter(([name]) => !ignored.includes(name));
  // What is left out of partial data is, in the worst case, all there is.
  const hidden = his.quirks.value('E15') === '4119';
  const found = his.book
    .appointments()
    .filter((each) => !hidden && isShown(his, each) && wanted.every(([name, value]) => fits(each, name, value)));
  return { found, ignored };
}

export function remarks(his: SimulatedHis, ignored: readonly string[]): Issue[] {
  return [
    ...(his.quirks.value('E4') === 'unsaid' ? [] : ignored).map((name): Issue => ({ code: '4122', diagnostics: name })),
    ...(his.quirks.value('E15') === '4119' ? [{ code: '4119' } as const] : []),
  ];
}

function fits(appointment: SimulatedAppointment, name: string, value: string): boolean {
  switch (name) {
    case 'patient':
      return value === appointment.patientId || value === `Patient/${appointment.patientId}`;
    case 'status':
      return value.split(',').includes(appointment.status);
    case 'identifier':
      return value === csnOf(appointment) || value === `${CSN_SYSTEM}|${csnOf(appointment)}`;
    case '_id':
      return value === appointment.vendorId;
    case 'date':
      return dateFits(appointment.slot.start, value);
    default:
      return true;
  }
}

/** `ge2027-03-08`, `le2027-03-08`, `2027-03-08T15:00:00Z`: compared at the precision that is given. */
function dateFits(start: string, value: string): boolean {
  const [, prefix = 'eq', date = ''] = /^(eq|lt|le|gt|ge)?(.+)$/.exec(value) ?? [];
  const precise = start.slice(0, date.length);
  if (prefix === 'eq') return precise === date;
  if (prefix === 'lt') return precise < date;
  if (prefix === 'le') return precise <= date;
  if (prefix === 'gt') return precise > date;
  return precise >= date;
}
