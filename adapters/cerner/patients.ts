/** Finding and creating patients. There is no $match and no conditional create. Source: docs.oracle.com mfrap, Patient (R4). */
import type { Call, Identifier, Outcome, PatientAtHis, PatientMatch, Person, Refusal } from '#adapter-kit';
import { Refused, type CernerClient } from './client.ts';
import { looking } from './his-appointment.ts';
import { pages } from './pages.ts';
import { readable } from './slots.ts';

/** More of one name and date of birth than anybody could tell apart. */
const CANDIDATES_MAX = 100;

/** What the mapping makes of a Patient, held to contracts/schemas/his-patient.schema.json. */
interface HisPatient {
  readonly externalId: string;
  readonly name: Person['name'];
  readonly birthDate: string;
  readonly identifiers: readonly Identifier[];
}

/** By identifier, then by name and date of birth. Whoever is not the only one, or differs in what is known, is not chosen. */
export async function matchPatient(client: CernerClient, call: Call, person: Person): Promise<PatientMatch> {
  for (const { system, value } of person.identifiers) {
    const found = await search(client, call, { identifier: `${system}|${value}` });
    const [only, another] = found.filter(({ identifiers }) =>
      identifiers.some((each) => each.system === system && each.value === value),
    );
    if (another !== undefined) return { kind: 'many' };
    // Names change and are shortened; a number with another date of birth is a number mistyped.
    if (only !== undefined) return only.birthDate === person.birthDate ? chosen(only) : { kind: 'many' };
  }
  const { name, birthDate } = person;
  const given = name.given[0];
  const found = await search(client, call, {
    family: name.family,
    ...(given === undefined ? {} : { given }),
    birthdate: birthDate,
  });
  if (found.length >= CANDIDATES_MAX) return { kind: 'many' };
  const [only, another] = found.filter((each) => isSamePerson(each, person));
  if (only === undefined) return { kind: 'none' };
  return another === undefined ? chosen(only) : { kind: 'many' };
}

export async function createPatient(client: CernerClient, call: Call, person: Person): Promise<Outcome> {
  const identifiers = [{ assignedBy: client.settings.organizationId }, ...person.identifiers];
  try {
    const { id } = await client.create(call, 'Patient', call.map('patient-request', { person, identifiers }));
    return { class: 'success', externalId: id };
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

/** Whether it is the patient that cannot be booked for: unknown, or merged into another. Undefined when it is not, or is not said. */
export async function patientRefusal(
  client: CernerClient,
  call: Call,
  { externalId }: PatientAtHis,
): Promise<Refusal | undefined> {
  const look = await looking(readState(client, call, externalId));
  if (look.kind !== 'seen') return undefined;
  if (look.it === undefined) return { class: 'not-found', reason: 'unknown-patient' };
  return look.it.isActive ? undefined : { class: 'not-found', reason: 'patient-merged' };
}

/** mappings/cerner/patient-state.yaml; undefined when there is no such patient. */
async function readState(
  client: CernerClient,
  call: Call,
  externalId: string,
): Promise<{ readonly isActive: boolean } | undefined> {
  try {
    return call.map('patient-state', await client.read(call, 'Patient', externalId)) as { isActive: boolean };
  } catch (error) {
    if (error instanceof Refused && error.refusal.class === 'not-found') return undefined;
    throw error;
  }
}

function chosen({ externalId, identifiers }: HisPatient): PatientMatch {
  return { kind: 'one', evidence: { class: 'success', externalId, identifiers } };
}

/** The name search finds what begins alike, and names are kept in capitals. */
function isSamePerson(found: HisPatient, person: Person): boolean {
  const same = (a: string | undefined, b: string | undefined): boolean => a?.toLowerCase() === b?.toLowerCase();
  return (
    found.birthDate === person.birthDate &&
    same(found.name.family, person.name.family) &&
    same(found.name.given[0], person.name.given[0])
  );
}

async function search(
  client: CernerClient,
  call: Call,
  parameters: Readonly<Record<string, string>>,
): Promise<HisPatient[]> {
  const found = new Map<string, HisPatient>();
  const path = `Patient?${new URLSearchParams(parameters).toString()}`;
  for await (const page of readable(pages(client, call, path))) {
    for (const patient of call.map('patient', page) as HisPatient[]) found.set(patient.externalId, patient);
    if (found.size >= CANDIDATES_MAX) break;
  }
  return [...found.values()];
}
