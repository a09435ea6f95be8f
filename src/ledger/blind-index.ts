/**
 * What a patient is found by, without being read: keyed hashes of exact, normalised values. The same value gives the same hash within
 * an organization, and another one in each other organization and for each other use.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { HIS_KEYS } from './patient-systems.ts';

export interface BlindIndex {
  email(address: string): string;
  /** E.164. */
  phone(number: string): string;
  /** Family name and birth date (YYYY-MM-DD). */
  birth(family: string, birthDate: string): string;
  /** The same, and the given names. */
  person(family: string, given: readonly string[], birthDate: string): string;
  /** Value of an identifier in its system. A HIS's own keys of a patient are compared whatever they are used as. */
  identifier(system: string, value: string): string;
}

type Purpose = 'email' | 'phone' | 'birth' | 'person' | 'identifier';

/** The same name, however it was typed: letter case, width, composed or not, blanks. */
const nameText = (text: string): string => text.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();

/** `secret`: of an organization, 32 bytes, the same as long as its patients are to be found. */
export function createBlindIndex(secret: Buffer): BlindIndex {
  const keys = new Map<Purpose, Buffer>();
  const keyOf = (purpose: Purpose): Buffer => {
    const key = keys.get(purpose) ?? Buffer.from(hkdfSync('sha256', secret, '', `tessera blind index ${purpose}`, 32));
    keys.set(purpose, key);
    return key;
  };
  const hash = (purpose: Purpose, ...parts: readonly string[]): string =>
    createHmac('sha256', keyOf(purpose)).update(JSON.stringify(parts)).digest('base64url');
  return {
    email: (address) => hash('email', address.normalize('NFC').trim().toLowerCase()),
    phone: (number) => hash('phone', number),
    birth: (family, birthDate) => hash('birth', nameText(family), birthDate),
    person: (family, given, birthDate) => hash('person', nameText(family), nameText(given.join(' ')), birthDate),
    identifier: (system, value) => hash('identifier', HIS_KEYS.has(system) ? '' : system, value),
  };
}
