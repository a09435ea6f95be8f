/** ADT: who is registered under which keys, and who turned out to be one. HL7 v2.5.1 chapters 3.3.4, 3.3.8, 3.3.28, 3.3.31, 3.3.40. */
import {
  AdapterError,
  parseDtm,
  type Address,
  type Call,
  type Hl7Message,
  type Notice,
  type ToldPerson,
} from '#adapter-kit';
import { toldAt } from './heard.ts';
import type { Hl7Settings } from './settings.ts';

const TELLS: Readonly<Record<string, 'registered' | 'updated'>> = {
  A04: 'registered',
  A05: 'registered',
  A28: 'registered',
  A08: 'updated',
  A31: 'updated',
};
/** A18 and A34 are what A40 was up to v2.3.1: PID-3 is left, MRG-1 is retired. */
const MERGES: ReadonlySet<string> = new Set(['A18', 'A34', 'A40']);

type Texts = Readonly<Record<string, unknown>>;

/** Whatever else an ADT tells is about stays, and says nothing here. */
export function peopleNotices(settings: Hl7Settings, call: Call, message: Hl7Message): Notice[] {
  const { event } = message;
  if (event === 'A37')
    // Which appointments belong to whom after all, nobody but a person can say.
    throw new AdapterError('protocol', 'merge-undone', 'a merge was taken back (A37): expected a person to see to it');
  const tells = TELLS[event];
  const merges = MERGES.has(event);
  if (tells === undefined && !merges) return [];
  const at = toldAt(settings, message, call.now(), 'EVN-2');
  const people = listOf(call.map('people', message.toTree()));
  return people.flatMap((person): Notice[] => {
    const keys = keysOf(settings, person);
    if (keys.length === 0)
      throw new AdapterError('protocol', 'no-patient-key', 'expected a key of the patient in PID-3');
    if (tells !== undefined) return [{ kind: 'patient', at, event: tells, keys, person: personOf(person) }];
    const retired = listOf(person['retired']).flatMap((each) => textOf(each, 'value') ?? []);
    if (retired.length === 0) throw new AdapterError('protocol', 'no-retired-key', 'expected a key in MRG-1');
    const merged = retired.filter((key) => !keys.includes(key));
    return merged.map((key) => ({ kind: 'merge', at, survivor: keys, retired: key }));
  });
}

/** The key that the hub gave first: by that it has booked. */
function keysOf({ receivingApplication }: Hl7Settings, person: Texts): string[] {
  const keys = listOf(person['keys']);
  const isOurs = (each: Texts): boolean => textOf(each, 'authority') === receivingApplication;
  const ordered = [...keys.filter(isOurs), ...keys.filter((each) => !isOurs(each))];
  return [...new Set(ordered.flatMap((each) => textOf(each, 'value') ?? []))];
}

function personOf(person: Texts): ToldPerson {
  const family = textOf(person, 'family');
  const given = Array.isArray(person['given']) ? person['given'].filter((each) => typeof each === 'string') : [];
  return {
    // A family name alone is half a change: who was Erika stays Erika only if she is told.
    ...(family !== undefined && given.length > 0 && { name: { family, given } }),
    birthDate: dateOf(textOf(person, 'birthDate')),
    email: textOf(person, 'email'),
    phone: textOf(person, 'phone'),
    address: addressOf(person['address']),
  };
}

function dateOf(text: string | undefined): string | undefined {
  const date = text === undefined ? undefined : parseDtm(text.trim());
  if (date === undefined || date.precision === 'year' || date.precision === 'month') return undefined;
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${String(date.year).padStart(4, '0')}-${two(date.month)}-${two(date.day)}`;
}

function addressOf(value: unknown): Address | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const texts: Texts = { ...value };
  const line = Array.isArray(texts['line']) ? texts['line'].filter((each) => typeof each === 'string') : [];
  const [city, postalCode, country] = [textOf(texts, 'city'), textOf(texts, 'postalCode'), textOf(texts, 'country')];
  if (line.length === 0 && city === undefined) return undefined;
  return {
    ...(line.length > 0 && { line }),
    ...(city !== undefined && { city }),
    ...(postalCode !== undefined && { postalCode }),
    ...(country !== undefined && { country }),
  };
}

function textOf(texts: Texts, name: string): string | undefined {
  const value = texts[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const listOf = (value: unknown): readonly Texts[] =>
  (Array.isArray(value) ? value : []).flatMap((each: unknown) =>
    typeof each === 'object' && each !== null ? [{ ...each }] : [],
  );
