/** The sandbox hospital that speaks HL7 v2. Everybody and everything in it is invented. */
import type { SimulatedHis, SimulatedPatient, SimulatedProvider, World } from '#adapter-kit/simulator';
import { slotKey } from '../slot-key.ts';

/** MSH-3 and MSH-4 of the hospital, and of the hub as the hospital calls it. */
export const HOSPITAL_NAME = { application: 'HIS', facility: 'REGIONAL' } as const;
export const HUB_NAME = { application: 'TESSERA', facility: 'TESSERA' } as const;

const facilities = new WeakMap<SimulatedHis, string>();

/** MSH-4 of a hospital that was started under a name of its own. */
export const facilityOf = (his: SimulatedHis): string => facilities.get(his) ?? HOSPITAL_NAME.facility;
export const nameFacility = (his: SimulatedHis, name: string): unknown => facilities.set(his, name);

const BERLIN = 'AMB-BER';
const DENVER = 'AMB-DEN';

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
    email: `${given}.${family}@regional.example`.toLowerCase().replaceAll('ü', 'ue').replaceAll('ö', 'oe'),
    phone: '+4930555010',
  };
}

const patient = (id: string, [given, family]: readonly [string, string], birthDate: string): SimulatedPatient => ({
  id,
  name: { given: [given], family },
  birthDate,
  identifiers: [],
});

export const HOSPITAL: World = {
  locations: [
    {
      id: BERLIN,
      name: 'Regional Ambulance Berlin',
      timeZone: 'Europe/Berlin',
      address: { line: ['Lindenstraße 12'], city: 'Berlin', postalCode: '10969', country: 'DE' },
    },
    {
      id: DENVER,
      name: 'Regional Clinic Denver',
      timeZone: 'America/Denver',
      address: { line: ['400 Larimer Square'], city: 'Denver', postalCode: '80202', country: 'US' },
    },
  ],
  providers: [
    provider('17', ['Jörg', 'Müller'], BERLIN, 'Orthopedics', ['de', 'en']),
    provider('18', ['Annika', 'Brandt'], BERLIN, 'General Practice', ['de', 'sv']),
    provider('19', ['Emre', 'Yildiz'], BERLIN, 'Cardiology', ['de', 'tr']),
    provider('41', ['Ruth', 'Castellano'], DENVER, 'General Practice', ['en', 'es']),
    provider('42', ['Owen', 'Baptiste'], DENVER, 'Dermatology', ['en', 'fr']),
  ],
  patients: [
    patient('M4711', ['Erika', 'Test'], '1980-01-01'),
    patient('M4712', ['Anne-Marie', 'O’Brien'], '1975-06-30'),
    patient('M4799', ['Walter', 'Walkin'], '1961-10-30'),
  ],
  opens: '08:00',
  closes: '17:00',
  slotMinutes: 30,
  horizonDays: 22,
  slotId: (providerId, start) => slotKey(providerId, start.toISOString()),
  appointmentId: (sequence) => String(900_000 + sequence),
};

/** AIS-3 of a slot: how patient and provider meet. */
export const SERVICES = {
  'in-person': { 1: 'OFFICE', 2: 'Office visit' },
  telemedicine: { 1: 'VIDEO', 2: 'Video visit' },
} as const;

export const zoneOf = (locationId: string): string =>
  HOSPITAL.locations.find(({ id }) => id === locationId)?.timeZone ?? 'UTC';
