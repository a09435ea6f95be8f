/** Who is who at the HIS: one, none, or more than one, and then nobody is chosen. */
import type { PatientMatch, Person } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { must, mustBe } from '../must.ts';
import { wordsOf, type Bench, type Written } from '../bench.ts';
import { personOf } from '../simulated-side.ts';

const NOBODY: Person = {
  name: { given: ['Zephyrine'], family: 'Unheardof' },
  birthDate: '1931-02-28',
  email: null,
  phone: null,
  address: null,
  identifiers: [],
};

const NEWCOMER: Person = {
  name: { given: ['Ottilie', 'Mae'], family: 'Newcomer' },
  birthDate: '1979-12-31',
  email: 'ottilie.newcomer@example.com',
  phone: '+12125550147',
  address: { line: ['12 Elm St'], city: 'New York', postalCode: '10001', country: 'US' },
  identifiers: [],
};

async function match(bench: Bench, person: Person): Promise<PatientMatch> {
  const { came } = await bench.call((call, connector) => {
    if (connector.matchPatient === undefined) throw new Error('matchPatient() is missing');
    return connector.matchPatient(call, person);
  });
  if ('value' in came) return came.value;
  must(false, `matching ended with ${wordsOf(came.refusal)}`);
  throw new Error('unreachable');
}

const create = (bench: Bench, person: Person): Promise<Written> =>
  bench.write((call, connector) => {
    if (connector.createPatient === undefined) throw new Error('createPatient() is missing');
    return connector.createPatient(call, person);
  });

/** People in the world whom name and date of birth tell apart. */
async function known(bench: Bench) {
  const { patients } = await bench.his.world();
  const likeness = ({ name, birthDate }: Pick<Person, 'name' | 'birthDate'>): string =>
    `${name.family} ${name.given.join(' ')} ${birthDate}`;
  const found = patients.find((each) => patients.filter((other) => likeness(other) === likeness(each)).length === 1);
  must(found !== undefined, 'the simulated hospital has no patient who could be told from the others');
  return found;
}

export const patients: readonly Behaviour[] = [
  {
    id: 'matches-one',
    title: 'a patient whom the HIS has once is matched, by name and date of birth alone, too',
    needs: ['HIS', 'MatchesPatients'],
    async run(bench) {
      const patient = await known(bench);
      const person = personOf(patient);
      for (const identifiers of [person.identifiers, []]) {
        const found = await match(bench, { ...person, identifiers });
        mustBe(found.kind, 'one', 'the match');
        mustBe(found.kind === 'one' && found.evidence.externalId, patient.id, 'the key of the patient');
      }
    },
  },
  {
    id: 'matches-none',
    title: 'a patient whom the HIS does not have is not matched with anybody, however alike',
    needs: ['HIS', 'MatchesPatients'],
    async run(bench) {
      mustBe(await match(bench, NOBODY), { kind: 'none' }, 'the match of somebody unheard of');
      const { name } = await known(bench);
      const sameName = await match(bench, { ...NOBODY, name, birthDate: '1931-02-28' });
      mustBe(sameName.kind, 'none', 'the match of somebody with the same name and another date of birth');
    },
  },
  {
    id: 'matches-many',
    title: 'of two people with the same name and date of birth nobody is chosen',
    needs: ['HIS', 'MatchesPatients'],
    async run(bench) {
      const twins = { op: 'add-patient', name: 'Twin Likeness', birthDate: '1992-06-15' } as const;
      await bench.his.edit(twins);
      await bench.his.edit(twins);
      const person = { ...NOBODY, name: { given: ['Twin'], family: 'Likeness' }, birthDate: twins.birthDate };
      mustBe((await match(bench, person)).kind, 'many', 'the match');
    },
  },
  {
    id: 'creates-patients',
    title: 'a patient who was created is found again, under the key that the HIS gave',
    needs: ['HIS', 'CreatesPatients'],
    async run(bench) {
      const { outcome } = await create(bench, NEWCOMER);
      mustBe(wordsOf(outcome), 'success', 'the creation');
      const key = outcome.class === 'success' ? outcome.externalId : undefined;
      const { patients: all } = await bench.his.world();
      const made = all.find(({ id }) => id === key);
      // Some write names in capitals.
      mustBe(made?.name.family.toLowerCase(), NEWCOMER.name.family.toLowerCase(), 'the family name at the HIS');
      mustBe(made?.birthDate, NEWCOMER.birthDate, 'the date of birth at the HIS');
      if (bench.connector.matchPatient === undefined) return;
      const found = await match(bench, NEWCOMER);
      mustBe(found.kind === 'one' && found.evidence.externalId, key, 'the patient that is then matched');
    },
  },
  {
    id: 'updates-patients',
    title: 'an update reaches the HIS’s record of the patient',
    needs: ['HIS', 'UpdatesPatients'],
    async run(bench) {
      const patient = await bench.patient();
      const renamed = { ...patient, name: { ...patient.name, family: 'Renamed-Since' } };
      const { outcome } = await bench.write((call, connector) => {
        if (connector.updatePatient === undefined) throw new Error('updatePatient() is missing');
        return connector.updatePatient(call, renamed);
      });
      mustBe(wordsOf(outcome), 'success', 'the update');
      const { patients: all } = await bench.his.world();
      mustBe(
        all.find(({ id }) => id === patient.externalId)?.name.family.toLowerCase(),
        'renamed-since',
        'the family name at the HIS',
      );
    },
  },
];
