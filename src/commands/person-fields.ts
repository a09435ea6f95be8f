/** What patients and providers have in common: names, addresses, telephone numbers, identifiers. Bodies fit the contract already. */
import { parsePhoneNumberFromString, isSupportedCountry } from 'libphonenumber-js';
import type { Address, HumanName, Identifier } from '../domain/index.ts';
import { at, type FieldErrors } from './field-errors.ts';

// Control characters have no place in a name; and Postgres cannot store U+0000 at all.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/u;
const EMAIL = /^[^\s@<>()",;:\\]+@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u;

/** The prefix of systems that the hub itself writes; nobody else may. */
const OWN_SYSTEMS = 'urn:tessera:';

/** Trimmed and in Unicode form NFC, so that the same word is the same text whoever typed it. */
export function cleanText(text: string, pointer: string, errors: FieldErrors): string {
  const clean = text.normalize('NFC').trim();
  if (clean === '') errors.add(pointer, 'expected some text, got only blanks');
  if (CONTROL.test(clean)) errors.add(pointer, 'expected plain text, got control characters in it');
  return clean;
}

export function cleanTexts(texts: readonly string[] | undefined, pointer: string, errors: FieldErrors): string[] {
  return [...new Set((texts ?? []).map((text, index) => cleanText(text, at(pointer, index), errors)))];
}

export function cleanName(name: HumanName, errors: FieldErrors): HumanName {
  return {
    given: name.given.map((part, index) => cleanText(part, `/name/given/${index}`, errors)),
    family: cleanText(name.family, '/name/family', errors),
    prefix: typeof name.prefix === 'string' ? cleanText(name.prefix, '/name/prefix', errors) : null,
  };
}

export function cleanAddress(address: Address | null | undefined, errors: FieldErrors): Address | null {
  if (!address) return null;
  const clean: Record<string, string | string[]> = {};
  if (address.line)
    clean['line'] = address.line.map((line, index) => cleanText(line, `/address/line/${index}`, errors));
  for (const part of ['city', 'postalCode', 'country'] as const) {
    const text = address[part];
    if (text !== undefined) clean[part] = cleanText(text, `/address/${part}`, errors);
  }
  return clean;
}

export function cleanEmail(email: string | null | undefined, errors: FieldErrors): string | null {
  if (email === undefined || email === null) return null;
  const clean = email.normalize('NFC').trim();
  if (clean.length > 254 || !EMAIL.test(clean))
    errors.add('/email', 'expected an e-mail address such as name@example.org');
  return clean;
}

/**
 * E.164. A number without its country is read in the country of the address, if that is a two-letter code.
 * Asked is whether a number can exist (country and length), not whether its area code is known today: numbering plans
 * change faster than anybody updates the tables, and a real person would be refused.
 */
export function cleanPhone(
  phone: string | null | undefined,
  country: string | undefined,
  errors: FieldErrors,
): string | null {
  if (phone === undefined || phone === null) return null;
  const home = country !== undefined && isSupportedCountry(country) ? country : undefined;
  const parsed = parsePhoneNumberFromString(
    phone,
    home === undefined ? { extract: false } : { extract: false, defaultCountry: home },
  );
  if (!parsed?.isPossible()) {
    errors.add('/phone', 'expected a telephone number with its country, such as +12025550123');
    return null;
  }
  return parsed.number;
}

export function cleanIdentifiers(identifiers: readonly Identifier[] | undefined, errors: FieldErrors): Identifier[] {
  const seen = new Set<string>();
  return (identifiers ?? []).map((each, index) => {
    const pointer = `/identifiers/${index}`;
    const system = cleanText(each.system, `${pointer}/system`, errors);
    const value = cleanText(each.value, `${pointer}/value`, errors);
    const key = JSON.stringify([system, value]);
    if (seen.has(key)) errors.add(pointer, 'is given twice');
    seen.add(key);
    return { system, value };
  });
}

export const isOwnSystem = (system: string): boolean => system.startsWith(OWN_SYSTEMS);
