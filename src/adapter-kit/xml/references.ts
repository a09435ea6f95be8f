/** `&amp;` and its kin. Names beyond XML's own five need a DOCTYPE, and there is none. */
import { isXmlCharacter } from './characters.ts';

/** One reference, at the place where the search begins. */
export const REFERENCE = /&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot|apos));/y;
const ALL = new RegExp(REFERENCE.source, 'g');
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The character that a match of REFERENCE stands for; undefined when XML 1.0 has no such character. */
export function characterOf(decimal?: string, hex?: string, name?: string): string | undefined {
  if (name !== undefined) return NAMED[name];
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  if (code > 0x10ffff) return undefined;
  const character = String.fromCodePoint(code);
  return isXmlCharacter(character) ? character : undefined;
}

/** Replaces all references of a text that the guard has passed. */
export function resolveReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(ALL, (_, decimal?: string, hex?: string, name?: string) => characterOf(decimal, hex, name) ?? '');
}
