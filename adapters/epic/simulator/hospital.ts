/** The sandbox hospital. Patients are the public ones of fhir.epic.com (read 2026-10), everybody else is invented. */
import { createHash } from 'node:crypto';
import type { SimulatedPatient, SimulatedProvider, World } from '#adapter-kit/simulator';

export const ENVIRONMENT = 'urn:oid:1.2.840.114350.1.13.861';
export const VISIT_TYPE_SYSTEM = `${ENVIRONMENT}.1.7.3.808267.11`;
export const CSN_SYSTEM = `${ENVIRONMENT}.1.7.3.698084.8`;
export const OUTCOME_SYSTEM = `${ENVIRONMENT}.1.7.2.657369`;
export const SPECIALTY_SYSTEM = `${ENVIRONMENT}.1.7.10.836982.1050`;
export const MRN_SYSTEM = `${ENVIRONMENT}.1.7.5.737384.14`;
export const EXTERNAL_ID_SYSTEM = `${ENVIRONMENT}.1.7.2.698084`;

export const VISIT_TYPES = [
  { code: '40111223', display: 'Office Visit', mode: 'in-person' },
  { code: '40111224', display: 'Video Visit', mode: 'telemedicine' },
] as const;

export const SPECIALTIES = [
  { code: '9', text: 'Family Medicine' },
  { code: '6', text: 'Cardiology' },
  { code: '8', text: 'Dermatology' },
  { code: '17', text: 'Pediatrics' },
] as const;

/** Opaque, as all of Epic's ids are; the same text gives the same id. */
export function opaque(text: string, length = 24): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, length);
}

const FAMILY_MEDICINE = 'eULujY-VWnFz-tbLqZ39RjA3';
const HEART_CENTER = 'e4W4rmGe9QzuGm2Dy4NBqVc0KDe6yGld6HW95UuN-Qd03';

function provider(
  id: string,
  [given, family]: readonly [string, string],
  locationId: string,
  specialties: readonly string[],
  languages: readonly string[],
): SimulatedProvider {
  const npi = String(
    1_000_000_000 + (parseInt(createHash('sha256').update(id).digest('hex').slice(0, 8), 16) % 900_000_000),
  );
  return {
    id,
    name: { given: [given], family, prefix: 'Dr.' },
    locationId,
    specialties,
    languages,
    email: `${given}.${family}@hospital.example`.toLowerCase(),
    identifiers: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: npi }],
  };
}

function patient(
  id: string,
  [given, family]: readonly [string, string],
  birthDate: string,
  mrn: string,
  externalId: string,
): SimulatedPatient {
  return {
    id,
    name: { given: [given], family },
    birthDate,
    identifiers: [
      { system: MRN_SYSTEM, value: mrn },
      { system: EXTERNAL_ID_SYSTEM, value: externalId },
    ],
  };
}

/** What `$find` is called with when slots are synchronised for nobody in particular. */
export const PROBE_PATIENT = 'eProbe.Patient-00000003';

/** Merged into the other: quirk E8. */
export const MERGED = { from: 'eMerged.Lopes-0000000003', into: 'erXuFYUfucBZaryVksYEcMg3' } as const;

/** Of the two of the same name and date of birth, the one who is not there with quirk E16 off. */
export const SECOND_TWIN = 'eTwin.Novak-0000000001b3';

export const HOSPITAL: World = {
  locations: [
    {
      id: FAMILY_MEDICINE,
      name: 'EMH Family Medicine',
      timeZone: 'America/New_York',
      address: { line: ['123 Main St'], city: 'New York', postalCode: '10001', country: 'US' },
    },
    {
      id: HEART_CENTER,
      name: 'EMH Heart Center',
      timeZone: 'America/Chicago',
      address: { line: ['77 Lake Shore Dr'], city: 'Chicago', postalCode: '60601', country: 'US' },
    },
  ],
  providers: [
    provider('eM5CWtq15N0WJeuCet5bJlQ3', ['Marcus', 'Welby'], FAMILY_MEDICINE, ['Family Medicine'], ['en']),
    provider('eYbaOlg6tcuXZtOFzyL3lwA3', ['Ines', 'Okafor'], FAMILY_MEDICINE, ['Family Medicine'], ['en', 'es']),
    provider('eR8aWkXy2mDqTnVhCz41LbQ3', ['Priya', 'Raman'], FAMILY_MEDICINE, ['Pediatrics'], ['en', 'hi']),
    provider('eQ2nPzLc8sUwYkJrTb70MdA3', ['Tomas', 'Lindgren'], HEART_CENTER, ['Cardiology'], ['en', 'sv']),
    provider('eV6fHxRb3tGyNpSmKe92WcQ3', ['Hannah', 'Feld'], HEART_CENTER, ['Cardiology'], ['en', 'de']),
    provider('eT1jBvDa5rFzXoQlUg38YhA3', ['Mei', 'Tanaka'], HEART_CENTER, ['Dermatology'], ['en', 'ja']),
  ],
  patients: [
    patient('erXuFYUfucBZaryVksYEcMg3', ['Camila', 'Lopez'], '1987-09-12', '203713', 'Z6129'),
    patient('eq081-VQEgP8drUUqCWzHfw3', ['Derrick', 'Lin'], '1973-06-03', '203711', 'Z6127'),
    patient('eAB3mDIBBcyUKviyzrxsnAw3', ['Desiree', 'Powell'], '2014-11-14', '203712', 'Z6128'),
    patient('egqBHVfQlt4Bw3XGXoxVxHg3', ['Elijah', 'Davis'], '1993-08-18', '203709', 'Z6125'),
    patient('eIXesllypH3M9tAA5WdJftQ3', ['Linda', 'Ross'], '1969-04-27', '203710', 'Z6126'),
    patient('eh2xYHuzl9nkSFVvV3osUHg3', ['Olivia', 'Roberts'], '2003-01-07', '203715', 'Z6131'),
    patient('e0w0LEDCYtfckT6N.CkJKCw3', ['Warren', 'McGinnis'], '1952-05-24', '203714', 'Z6130'),
    patient('eTwin.Novak-0000000001a3', ['Anna', 'Novak'], '1990-02-02', '203801', 'Z7001'),
    patient(SECOND_TWIN, ['Anna', 'Novak'], '1990-02-02', '203802', 'Z7002'),
    patient(MERGED.from, ['Camilla', 'Lopes'], '1987-09-12', '203699', 'Z6099'),
    patient(PROBE_PATIENT, ['Probe', 'Zzscheduling'], '1900-01-01', '203800', 'Z7000'),
    patient('eWalkIn.0000000000000003', ['Walter', 'Walkin'], '1961-10-30', '203899', 'Z7099'),
  ],
  opens: '08:00',
  closes: '18:00',
  slotMinutes: 30,
  horizonDays: 28,
  slotId: (providerId, start) => `eSlot.${opaque(`${providerId}/${start.toISOString()}`)}`,
  slotKeysStay: true,
  appointmentId: (sequence) => `e${opaque(`appointment/${sequence}`, 22)}3`,
};
