/** Finding and creating patients. Some HIS match by themselves and name one; others list candidates, and the hub compares. */
import { AdapterError, type Call, type Identifier, type Outcome, type PatientMatch, type Person } from '#adapter-kit';
import { asError, mapped, type XmlClient } from './client.ts';
import { readRows } from './rows.ts';
import type { Values } from './template.ts';

/** Of a candidate: contracts/schemas/his-patient.schema.json. */
interface Candidate {
  readonly externalId: string;
  readonly name: Person['name'];
  readonly birthDate: string;
  readonly identifiers: readonly Identifier[];
}

/** Whoever is not the only one, or differs in what is known, is not chosen. */
export async function matchPatient(client: XmlClient, call: Call, person: Person): Promise<PatientMatch> {
  const operation = client.operation('matchPatient');
  const answer = await client.ask(call, operation, knownOf(person));
  if (answer.kind === 'refused') {
    if (answer.refusal.class === 'not-found') return { kind: 'none' };
    if (answer.refusal.class === 'conflict') return { kind: 'many' };
    throw asError(answer.refusal);
  }
  const context = { person, site: client.settings.values };
  if (operation.rows === undefined) {
    const { externalId } = mapped(call, operation, { ...context, row: answer.result });
    return typeof externalId === 'string' && externalId !== ''
      ? { kind: 'one', evidence: { class: 'success', externalId } }
      : { kind: 'none' };
  }
  const candidates = readRows(call, operation, answer.result, context, 'fail') as unknown as Candidate[];
  return choose(candidates, person);
}

/** The birth date in parts, too: each HIS writes it in another order. */
function knownOf(person: Person): Values {
  const [year, month, day] = person.birthDate.split('-');
  return { person, born: { year, month, day } };
}

function choose(candidates: readonly Candidate[], person: Person): PatientMatch {
  const sharing = candidates.filter(({ identifiers }) => identifiers.some((each) => has(person.identifiers, each)));
  const [known, another] = sharing;
  if (another !== undefined) return { kind: 'many' };
  // Names change and are shortened; a number with another date of birth is a number mistyped.
  if (known !== undefined) return known.birthDate === person.birthDate ? chosen(known) : { kind: 'many' };
  const [only, second] = candidates.filter((each) => isSamePerson(each, person));
  if (only === undefined) return { kind: 'none' };
  return second === undefined ? chosen(only) : { kind: 'many' };
}

const has = (identifiers: readonly Identifier[], { system, value }: Identifier): boolean =>
  identifiers.some((each) => each.system === system && each.value === value);

function isSamePerson(found: Candidate, person: Person): boolean {
  const same = (a = '', b = ''): boolean => a.toLowerCase() === b.toLowerCase();
  // Second names are left out by many, and written into one field with the first by others.
  const first = ({ given }: Person['name']): string | undefined => given[0]?.split(/\s/)[0];
  const named = same(found.name.family, person.name.family) && same(first(found.name), first(person.name));
  return named && found.birthDate === person.birthDate;
}

const chosen = ({ externalId, identifiers }: Candidate): PatientMatch => ({
  kind: 'one',
  evidence: { class: 'success', externalId, identifiers },
});

export async function createPatient(client: XmlClient, call: Call, person: Person): Promise<Outcome> {
  const operation = client.operation('createPatient');
  const answer = await client.ask(call, operation, knownOf(person));
  if (answer.kind === 'refused') return answer.refusal;
  const { externalId } = mapped(call, operation, { row: answer.result, person, site: client.settings.values });
  if (typeof externalId === 'string' && externalId !== '') return { class: 'success', externalId };
  throw new AdapterError(
    'protocol',
    'no-key-in-reply',
    `createPatient: expected the key of the patient from the mapping ${operation.mapping ?? '(none)'}`,
  );
}
