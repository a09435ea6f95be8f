/** The sandbox hospital. Patient 12724066, practitioner 593923, location 21304876 and the tenant are Oracle's public ones; the rest is invented. */
import { createHash } from 'node:crypto';
import type { SimulatedPatient, SimulatedProvider, World } from '#adapter-kit/simulator';

export const TENANT = 'ec2458f2-1e24-41c8-b71b-0e701af7583d';
export const SERVICE_TYPE_SYSTEM = `https://fhir.cerner.com/${TENANT}/codeSet/14249`;
export const PARTICIPANT_SYSTEM = `https://fhir.cerner.com/${TENANT}/codeSet/14250`;
export const REASON_SYSTEM = `https://fhir.cerner.com/${TENANT}/codeSet/14229`;
export const CANCELLATION_REASON = '2191414701';
export const MRN_SYSTEM = 'urn:oid:2.16.840.1.113883.6.1000';
export const ORGANIZATION = '675844';

export const SERVICE_TYPES = [
  {
    code: '24477854',
    display: 'Physician Established Patient',
    standard: {
      system: 'http://snomed.info/sct',
      code: '394576009',
      display: 'Accident & emergency (qualifier value)',
    },
    mode: 'in-person',
  },
  {
    code: '26203201',
    display: 'Video Visit Established',
    standard: {
      system: 'http://snomed.info/sct',
      code: '448337001',
      display: 'Telemedicine consultation with patient',
    },
    mode: 'telemedicine',
  },
] as const;

/** Merged into the other: quirk O13. */
export const MERGED = { from: '12724999', into: '12724066' } as const;

const MX_CLINIC = '21304876';
const BAY_CLINIC = '32216049';

function provider(
  id: string,
  [given, family]: readonly [string, string],
  locationId: string,
  specialty: string,
  languages: readonly string[],
): SimulatedProvider {
  return {
    id,
    name: { given: [given], family, prefix: 'Dr.' },
    locationId,
    specialties: [specialty],
    languages,
    email: `${given}.${family}@hospital.example`.toLowerCase(),
    identifiers: [
      { system: 'http://hl7.org/fhir/sid/us-npi', value: String(1_000_000_000 + (digest(id) % 900_000_000)) },
    ],
  };
}

function patient(
  id: string,
  [given, family]: readonly [string, string],
  birthDate: string,
  mrn: string,
): SimulatedPatient {
  return { id, name: { given: [given], family }, birthDate, identifiers: [{ system: MRN_SYSTEM, value: mrn }] };
}

const digest = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0);

const PROVIDERS = [
  provider('593923', ['Christina', 'Applegate'], MX_CLINIC, 'Family Medicine', ['en']),
  provider('4464007', ['Samir', 'Haddad'], MX_CLINIC, 'Family Medicine', ['en', 'ar']),
  provider('4464011', ['Beatriz', 'Moreno'], MX_CLINIC, 'Pediatrics', ['en', 'es']),
  provider('4122622', ['Oskar', 'Nyberg'], BAY_CLINIC, 'Cardiology', ['en', 'sv']),
  provider('4122630', ['Leilani', 'Kahale'], BAY_CLINIC, 'Dermatology', ['en']),
  provider('4122641', ['Jun', 'Watanabe'], BAY_CLINIC, 'Cardiology', ['en', 'ja']),
];

/** Like the real ones: appointment type, location, and two numbers that nobody explains. */
function slotId(providerId: string, start: Date): string {
  const locationId = PROVIDERS.find((each) => each.id === providerId)?.locationId ?? MX_CLINIC;
  const day = start.toISOString().slice(0, 10);
  const minute = start.getUTCHours() * 60 + start.getUTCMinutes();
  return `24477854-${locationId}-${digest(`${providerId}/${day}`)}-${minute}`;
}

export const HOSPITAL: World = {
  locations: [
    {
      id: MX_CLINIC,
      name: 'MX Clinic 1',
      timeZone: 'America/Chicago',
      address: { line: ['3200 Rockcreek Pkwy'], city: 'Kansas City', postalCode: '64117', country: 'US' },
    },
    {
      id: BAY_CLINIC,
      name: 'Bay Clinic',
      timeZone: 'America/Los_Angeles',
      address: { line: ['410 Ocean Ave'], city: 'Santa Monica', postalCode: '90401', country: 'US' },
    },
  ],
  providers: PROVIDERS,
  patients: [
    patient('12724066', ['NANCY', 'SMART'], '1990-09-15', '6931'),
    patient('12724070', ['WILMA', 'SMART'], '1947-03-16', '6932'),
    patient('12724065', ['HAILEY', 'SMART'], '2012-02-28', '6933'),
    patient('12724067', ['TIMOTHY', 'PEABODY'], '1983-12-08', '6934'),
    patient('12724071', ['ANNA', 'NOVAK'], '1990-02-02', '6941'),
    patient('12724072', ['ANNA', 'NOVAK'], '1990-02-02', '6942'),
    patient(MERGED.from, ['NANCY', 'SMARTT'], '1990-09-15', '6999'),
    patient('12724099', ['WALTER', 'WALKIN'], '1961-10-30', '6950'),
  ],
  opens: '08:00',
  closes: '18:00',
  slotMinutes: 30,
  horizonDays: 28,
  slotId,
  appointmentId: (sequence) => String(20_465_902 + sequence),
};
