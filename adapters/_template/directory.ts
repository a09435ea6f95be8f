/** What is read in lists: slots, providers, locations, patients; and the check of a connection. */
import {
  AdapterError,
  type Call,
  type CheckStep,
  type FoundLocation,
  type FoundProvider,
  type FoundSlot,
  type Identifier,
  type Outcome,
  type PatientMatch,
  type Person,
} from '#adapter-kit';
import { asError, Refused, type TemplateClient } from './client.ts';

/** More pages than any search has: a HIS that links in circles. */
const PAGES_MAX = 1_000;
const DAY_MS = 24 * 3_600_000;

/** mappings/_template/patient.yaml */
interface PatientFound {
  readonly externalId: string;
  readonly name: Person['name'];
  readonly birthDate: string;
  readonly identifiers: readonly Identifier[];
}

export async function* findSlots(
  client: TemplateClient,
  call: Call,
  { from, to }: { readonly from: string; readonly to: string },
): AsyncIterable<readonly FoundSlot[]> {
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = new URLSearchParams({ from, to, ...(after === undefined ? {} : { after }) });
    const reply = await read(client, call, `slots?${query.toString()}`);
    // The mapping holds each of its items to the contract his-slot.
    yield call.map('slot', reply) as FoundSlot[];
    after = nextIn(reply);
    if (after === undefined) return;
  }
  throw new AdapterError('protocol', 'endless-paging', `expected at most ${PAGES_MAX} pages of slots`);
}

function nextIn(reply: unknown): string | undefined {
  const next = typeof reply === 'object' && reply !== null && 'next' in reply ? reply.next : undefined;
  return typeof next === 'string' ? next : undefined;
}

export async function* listProviders(client: TemplateClient, call: Call): AsyncIterable<readonly FoundProvider[]> {
  yield call.map('provider', await read(client, call, 'practitioners')) as FoundProvider[];
}

export async function* listLocations(client: TemplateClient, call: Call): AsyncIterable<readonly FoundLocation[]> {
  yield call.map('location', await read(client, call, 'clinics')) as FoundLocation[];
}

/** Whoever is not the only one is not chosen. */
export async function matchPatient(client: TemplateClient, call: Call, person: Person): Promise<PatientMatch> {
  const query = new URLSearchParams({ family: person.name.family, born: person.birthDate });
  const found = call.map('patient', await read(client, call, `patients?${query.toString()}`)) as PatientFound[];
  const given = person.name.given[0]?.toLowerCase();
  const [only, another] = found.filter(
    ({ name, birthDate }) => birthDate === person.birthDate && name.given[0]?.toLowerCase() === given,
  );
  if (only === undefined) return { kind: 'none' };
  if (another !== undefined) return { kind: 'many' };
  return { kind: 'one', evidence: { class: 'success', externalId: only.externalId } };
}

export async function createPatient(client: TemplateClient, call: Call, person: Person): Promise<Outcome> {
  try {
    const body = call.map('patient-request', person);
    const reply = await client.send(call, { method: 'POST', path: 'patients', body });
    const [made] = call.map('patient', { patients: [reply] }) as PatientFound[];
    return made
      ? { class: 'success', externalId: made.externalId }
      : { class: 'unknown', reason: 'no-patient-in-reply' };
  } catch (error) {
    if (error instanceof Refused && error.refusal.class !== 'auth') return error.refusal;
    throw asError(error);
  }
}

/** In the order in which a booking would need things; changes nothing. */
export async function* check(client: TemplateClient, call: Call): AsyncIterable<CheckStep> {
  const [from, to] = [new Date(call.now()).toISOString(), new Date(call.now() + DAY_MS).toISOString()];
  let reply: unknown;
  const steps: readonly (readonly [CheckStep['step'], string, () => Promise<unknown>])[] = [
    ['auth', 'the HIS accepted the key', () => read(client, call, 'clinics')],
    [
      'read',
      'slots of the next day were searched for',
      async () => (reply = await read(client, call, `slots?${new URLSearchParams({ from, to }).toString()}`)),
    ],
    ['map', 'what was found is understood', () => Promise.resolve(call.map('slot', reply))],
    ['write', 'bookings and cancellations can be sent (nothing was)', () => Promise.resolve()],
  ];
  for (const [step, detail, work] of steps) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      yield { step, ok: false, detail: error.message };
      return;
    }
    yield { step, ok: true, detail };
  }
}

async function read(client: TemplateClient, call: Call, path: string): Promise<unknown> {
  try {
    return await client.send(call, { path });
  } catch (error) {
    throw asError(error);
  }
}
