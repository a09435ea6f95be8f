/** `name=value&name=value`, as in queries and forms (application/x-www-form-urlencoded), read strictly. */
import { escapePointer, HubError, type FieldError } from '../domain/index.ts';
import { unsafeText } from './safe-text.ts';

/**
 * Every value by its name, `__proto__` too: as a member of its own, which the contract then refuses.
 * Errors: validation, where a name comes twice or the percent-encoding is not UTF-8; pointers start with `prefix`.
 */
export function parsePairs(text: string, prefix: string): Record<string, string> {
  const errors: FieldError[] = [];
  const values = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || unsafeText(name, '').length > 0) {
      errors.push({ pointer: prefix, detail: 'expected names in percent-encoded UTF-8' });
      continue;
    }
    const pointer = `${prefix}/${escapePointer(name)}`;
    if (value === undefined) errors.push({ pointer, detail: 'expected percent-encoded UTF-8' });
    else if (values.has(name)) errors.push({ pointer, detail: 'is given more than once' });
    else {
      values.set(name, value);
      errors.push(...unsafeText(value, pointer));
    }
  }
  if (errors.length > 0)
    throw new HubError('validation', 'Some names or values could not be read; see `errors`.', { errors });
  return Object.fromEntries(values);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
