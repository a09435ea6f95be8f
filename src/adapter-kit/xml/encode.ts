/** From a value to text that can stand in a document, and can be nothing but that value there. */
import { illegalCharacter } from './characters.ts';
import { XmlRefused } from './xml-refused.ts';

export type XmlContext = 'text' | 'attribute';

const ESCAPES: Readonly<
  Record<XmlContext, { readonly pattern: RegExp; readonly as: Readonly<Record<string, string>> }>
> = {
  // A bare carriage return is lost on the way: parsers make a line feed of it.
  text: { pattern: /[&<>\r]/g, as: { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' } },
  attribute: {
    pattern: /[&<>"'\t\n\r]/g,
    as: {
      '&': '&amp;',
      '<': '&lt;',
      '>': '&gt;',
      '"': '&quot;',
      "'": '&apos;',
      '\t': '&#9;',
      '\n': '&#10;',
      '\r': '&#13;',
    },
  },
};

/**
 * `value` for an element's text or for an attribute between quotes. Throws XmlRefused `character` for what XML 1.0 cannot write
 * (control characters, half a surrogate pair): leaving it out would send another value than was meant.
 */
export function encodeXml(value: string, context: XmlContext): string {
  const illegal = illegalCharacter(value);
  if (illegal !== undefined) {
    throw new XmlRefused(
      'character',
      `expected text that XML 1.0 can carry, got the character ${illegal}: remove it from the value`,
    );
  }
  const { pattern, as } = ESCAPES[context];
  return value.replace(pattern, (character) => as[character] ?? character);
}
