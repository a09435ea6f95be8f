/** Who and what there is in the sandbox hospital. Everybody is invented. */
import type { World } from '#adapter-kit/simulator';

export const HOSPITAL: World = {
  locations: [
    { id: 'C1', name: 'Riverside Clinic', timeZone: 'Europe/Berlin' },
    { id: 'C2', name: 'Harbour Clinic', timeZone: 'America/New_York' },
  ],
  providers: [
    {
      id: 'D1',
      name: { given: ['Amara'], family: 'Nwosu' },
      locationId: 'C1',
      specialties: ['general-practice'],
      languages: ['en'],
    },
    {
      id: 'D2',
      name: { given: ['Lukas'], family: 'Brandt' },
      locationId: 'C1',
      specialties: ['cardiology'],
      languages: ['de', 'en'],
    },
    {
      id: 'D3',
      name: { given: ['Sofia'], family: 'Marin' },
      locationId: 'C2',
      specialties: ['dermatology'],
      languages: ['es', 'en'],
    },
  ],
  patients: [
    { id: 'P1000', name: { given: ['Edith'], family: 'Hallström' }, birthDate: '1966-05-04', identifiers: [] },
    { id: 'P1001', name: { given: ['Tomás'], family: 'Quiroga' }, birthDate: '1994-10-21', identifiers: [] },
    { id: 'P1002', name: { given: ['Walter'], family: 'Walkin' }, birthDate: '1961-10-30', identifiers: [] },
  ],
  opens: '08:00',
  closes: '16:00',
  slotMinutes: 30,
  horizonDays: 28,
  slotId: (providerId, start) => `${providerId}-${start.getTime() / 60_000}`,
  appointmentId: (sequence) => `A${sequence}`,
};
