/** `{ phone: { path: tel, country: US } }`: a telephone number in one form, E.164 unless `write` says another. */
import { isSupportedCountry, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { isScalar } from 'yaml';
import { typeFound } from '../mapping-error.ts';
import type { Read } from '../read.ts';
import { misfit, type RuleKind, type RuleScope } from '../rule.ts';
import { RuleMap } from '../rule-map.ts';
import { compileOne, SOURCE_KEYS } from '../source.ts';
import { Problem } from '../yaml-file.ts';

const FORMATS = { e164: 'E.164', national: 'NATIONAL', international: 'INTERNATIONAL', uri: 'RFC3966' } as const;

/** The longest that anybody writes, with an extension. */
const LENGTH_MAX = 60;

export const phoneRule: RuleKind = {
  key: 'phone',
  keys: ['write', 'invalid'],
  compile(outer, { site, operand }) {
    const map = RuleMap.of(outer.required('phone'), 'a map such as { path: tel, country: US }');
    map.only([...SOURCE_KEYS, 'country'], 'a phone');
    const { read, text } = compileOne(map, site, 'a phone');
    const country = countryOf(map, operand);
    const write = outer.choice('write', ['e164', 'national', 'international', 'uri', 'digits']) ?? 'e164';
    const isLeftOut = outer.choice('invalid', ['fail', 'absent']) === 'absent';
    return (item, root) => {
      const value = read(item, root);
      if (value === undefined || value === '') return undefined;
      const known = country(item, root);
      const written = typeof value === 'boolean' ? '' : String(value);
      const phone =
        written.length > LENGTH_MAX
          ? undefined
          : parsePhoneNumberFromString(written, isCountry(known) ? { defaultCountry: known } : undefined);
      if (phone?.isPossible()) return write === 'digits' ? phone.nationalNumber : phone.format(FORMATS[write]);
      if (isLeftOut) return undefined;
      return misfit(site, {
        sourcePath: text,
        found: typeFound(value),
        expected: isCountry(known) ? 'a telephone number' : 'a telephone number with its country (+…)',
        advice: 'Name the "country" of numbers that have none, or say "invalid: absent" to leave such numbers out.',
      });
    };
  },
};

/** A code of ISO 3166 (US), or a rule that answers one. */
function countryOf(map: RuleMap, operand: RuleScope['operand']): Read {
  const node = map.get('country');
  if (!node) return () => undefined;
  if (!isScalar(node)) return operand(node, 'country');
  const code = map.text('country') ?? '';
  if (!isCountry(code)) throw new Problem(node, `"${code}" is no country: write two capitals, such as US`);
  return () => code;
}

const isCountry = (code: unknown): code is CountryCode => typeof code === 'string' && isSupportedCountry(code);
