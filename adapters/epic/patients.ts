/** Finding and creating patients by R4. Source: fhir.epic.com Patient.Search, Patient.Create (R4). */
import type { Call, Identifier, Outcome, PatientMatch, Person } from '#adapter-kit';
import { TOO_MANY_RESULTS, asError } from './classify.ts';
import { Refused, type EpicClient } from './client.ts';

/** What the mapping makes of a Patient, held to contracts/schemas/his-patient.schema.json. */
interface HisPatient {
  readonly externalId: string;
  readonly name: Person['name'];
  readonly birthDate: string;
  readonly identifiers: readonly Identifier[];
}

/** By identifier, then by name and date of birth. Whoever is not the only one, or differs in what is known, is not chosen. */
export async function matchPatient(client: EpicClient, call: Call, person: Person): Promise<PatientMatch> {
  for (const { system, value } of person.identifiers) {
    const found = await search(client, call, { identifier: `${system}|${value}` });
    if (found === 'too-many') return { kind: 'many' };
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
  if (found === 'too-many') return { kind: 'many' };
  const [only, another] = found.filter((each) => isSamePerson(each, person));
  if (only === undefined) return { kind: 'none' };
  return another === undefined ? chosen(only) : { kind: 'many' };
}

export async function createPatient(client: EpicClient, call: Call, person: Person): Promise<Outcome> {
  try {
    return { class: 'success', externalId: await client.createPatient(call, call.map('patient-request', person)) };
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

function chosen({ externalId, identifiers }: HisPatient): PatientMatch {
  return { kind: 'one', evidence: { class: 'success', externalId, identifiers } };
}

/** Epic's name search is by sound and by beginning. */
function isSamePerson(found: HisPatient, person: Person): boolean {
  const same = (a: string | undefined, b: string | undefined): boolean => a?.toLowerCase() === b?.toLowerCase();
  return (
    found.birthDate === person.birthDate &&
    same(found.name.family, person.name.family) &&
    same(found.name.given[0], person.name.given[0])
  );
}

async function search(
  client: EpicClient,
  call: Call,
  parameters: Readonly<Record<string, string>>,
): Promise<HisPatient[] | 'too-many'> {
  try {
    const path = `Patient?${new URLSearchParams(parameters).toString()}`;
    return call.map('patient', await client.bundle(call, { version: 'R4', path, intent: 'read' })) as HisPatient[];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.refusal.reason === TOO_MANY_RESULTS) return 'too-many';
    throw asError(error.refusal);
  }
}
