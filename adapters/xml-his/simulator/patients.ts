/** The register of patients, as both ways in see it. */
import { randomUUID } from 'node:crypto';
import type { SimulatedHis, SimulatedPatient } from '#adapter-kit/simulator';
import { SNILS } from './hospital.ts';

export interface PersonAsked {
  readonly family: string;
  readonly given: readonly string[];
  /** YYYY-MM-DD */
  readonly birthDate: string;
  readonly snils?: string;
  readonly phone?: string;
}

export function matching(his: SimulatedHis, { family, given, birthDate, snils }: PersonAsked): SimulatedPatient[] {
  const same = (a = '', b = ''): boolean => a.toLowerCase() === b.toLowerCase();
  const patients = his.book.patients().filter((each) => each.birthDate === birthDate);
  const numbered = patients.filter(({ identifiers }) =>
    identifiers.some(({ system, value }) => system === SNILS && value === snils),
  );
  if (numbered.length > 0) return numbered;
  return patients.filter(({ name }) => same(name.family, family) && same(name.given[0], given[0]));
}

export function admit(his: SimulatedHis, { family, given, birthDate, snils, phone }: PersonAsked): SimulatedPatient {
  const patient: SimulatedPatient = {
    id: randomUUID(),
    name: { family, given },
    birthDate,
    ...(phone === undefined || phone === '' ? {} : { phone }),
    identifiers: snils === undefined || snils === '' ? [] : [{ system: SNILS, value: snils }],
  };
  his.book.putPatient(patient);
  return patient;
}
