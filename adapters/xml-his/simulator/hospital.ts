/** The sandbox hospital: one regional hub with two clinics, in two zones. Everybody in it is invented. */
import type { SimulatedPatient, SimulatedProvider, World } from '#adapter-kit/simulator';

export const SNILS = 'urn:oid:1.2.643.100.3';
export const CLINIC = '27';
const BRANCH = '43';

/** The hub asks for doctors by specialty. */
export const SPECIALTIES = [
  { id: '78', name: 'Терапия' },
  { id: '53', name: 'Кардиология' },
  { id: '22', name: 'Family Medicine' },
  { id: '31', name: 'Dermatology' },
] as const;

function provider(
  id: string,
  [family, ...given]: readonly [string, ...string[]],
  locationId: string,
  specialty: string,
): SimulatedProvider {
  return {
    id,
    name: { family, given },
    locationId,
    specialties: [specialty],
    languages: locationId === CLINIC ? ['ru'] : ['en'],
  };
}

function patient(
  id: string,
  [family, ...given]: readonly [string, ...string[]],
  birthDate: string,
  snils?: string,
): SimulatedPatient {
  return {
    id,
    name: { family, given },
    birthDate,
    identifiers: snils === undefined ? [] : [{ system: SNILS, value: snils }],
  };
}

const MINUTE_MS = 60_000;

export const HOSPITAL: World = {
  locations: [
    { id: CLINIC, name: 'Поликлиника № 27', timeZone: 'Europe/Moscow' },
    { id: BRANCH, name: 'Branch Office 43', timeZone: 'America/New_York' },
  ],
  providers: [
    provider('8117', ['Иванова', 'Мария', 'Петровна'], CLINIC, 'Терапия'),
    provider('8118', ['Щукин', 'Олег', 'Игоревич'], CLINIC, 'Терапия'),
    provider('8204', ['Ёлкина', 'Анна', 'Львовна'], CLINIC, 'Кардиология'),
    provider('9301', ['Hynes', 'Patrick'], BRANCH, 'Family Medicine'),
    provider('9302', ['Okafor', 'Ines'], BRANCH, 'Family Medicine'),
    provider('9407', ['Tanaka', 'Mei'], BRANCH, 'Dermatology'),
  ],
  patients: [
    patient('5d491897-0160-11eb-b859-e8de27c31b75', ['Новикова', 'Вера', 'Сергеевна'], '1987-09-12', '11223344595'),
    patient('5d491897-0160-11eb-b859-e8de27c31b76', ['Lopez', 'Camila'], '1973-06-03'),
    patient('5d491897-0160-11eb-b859-e8de27c31b77', ["O'Neil", 'Sean'], '1990-02-28'),
    patient('5d491897-0160-11eb-b859-e8de27c31ba1', ['Novak', 'Anna'], '1990-02-02'),
    patient('5d491897-0160-11eb-b859-e8de27c31ba2', ['Novak', 'Anna'], '1990-02-02'),
    patient('5d491897-0160-11eb-b859-e8de27c31bff', ['Walkin', 'Walter'], '1961-10-30'),
  ],
  opens: '08:00',
  closes: '18:00',
  slotMinutes: 30,
  horizonDays: 28,
  // Twenty places with leading zeros, as tickets are written there: a client that takes them for numbers loses them.
  slotId: (providerId, start) =>
    `${providerId}${String(Math.floor(start.getTime() / MINUTE_MS)).padStart(10, '0')}`.padStart(20, '0'),
  appointmentId: (sequence) => String(40_000_000 + sequence),
};
