/** A clinic without a HIS, and a few patients: what the sandbox offers beside the simulated hospitals. */
import type { Caller } from '../domain/index.ts';
import { createLocation } from '../commands/locations.ts';
import { createPatient, type PatientParts } from '../commands/patients.ts';
import { createProvider } from '../commands/providers.ts';
import { updateSchedule } from '../commands/schedules.ts';
import type { Database } from '../db/database.ts';

const PROVIDERS = [
  {
    name: { given: ['Ada'], family: 'Okafor', prefix: 'Dr' },
    specialties: ['general-practice'],
    languages: ['en', 'fr'],
  },
  { name: { given: ['Jonas'], family: 'Weber', prefix: 'Dr' }, specialties: ['dermatology'], languages: ['en', 'de'] },
  { name: { given: ['Mei'], family: 'Tanaka', prefix: 'Dr' }, specialties: ['cardiology'], languages: ['en', 'ja'] },
];
const EVERY_DAY = 'FREQ=DAILY';

/** Made once: a second start finds it. Returns the location. */
export async function keepClinic(db: Database, admin: Caller, connectionId: string): Promise<string> {
  const found = await db.query<{ id: string }>('select id from location where connection_id = $1 order by id limit 1', [
    connectionId,
  ]);
  const [existing] = found.rows;
  if (existing) return existing.id;
  const locationId = await createLocation(db, admin, {
    name: 'Tessera Clinic',
    timeZone: 'Europe/Berlin',
    connectionId,
  });
  for (const provider of PROVIDERS) {
    const id = await createProvider(db, admin, { ...provider, locations: [locationId] });
    const hours = { rrule: EVERY_DAY, slotMinutes: 30, capacity: 1, locationId };
    await updateSchedule(db, admin, id, {
      rules: [
        { ...hours, start: '08:00', end: '12:00', mode: 'in-person' },
        { ...hours, start: '13:00', end: '17:00', mode: 'telemedicine' },
      ],
      exceptions: [],
    });
  }
  return locationId;
}

const PATIENTS = [
  {
    name: { given: ['Nora'], family: 'Lindqvist' },
    birthDate: '1984-03-12',
    email: 'nora.lindqvist@example.com',
    phone: '+12125550143',
  },
  {
    name: { given: ['Samuel', 'J'], family: 'Adeyemi' },
    birthDate: '1971-11-02',
    email: 'samuel.adeyemi@example.com',
    phone: '+13125550188',
  },
];

/** Returns the first patient's id: whom the sandbox's patient token belongs to. */
export async function keepPatients(parts: Omit<PatientParts, 'updating'>, admin: Caller): Promise<string> {
  const found = await parts.db.query<{ id: string }>(
    'select id from patient where organization_id = $1 order by id limit 1',
    [admin.organizationId],
  );
  const [existing] = found.rows;
  if (existing) return existing.id;
  const ids: string[] = [];
  for (const patient of PATIENTS) ids.push(await createPatient(parts, admin, patient));
  return ids[0] ?? '';
}
