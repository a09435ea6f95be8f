/** What may stand in an XML 1.0 document at all. Source: XML 1.0, production 2. */
const ILLEGAL = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** The first character that XML 1.0 has no way to write, as `U+0001`; undefined when there is none. */
export function illegalCharacter(text: string): string | undefined {
  const found = ILLEGAL.exec(text)?.[0].codePointAt(0);
  return found === undefined ? undefined : `U+${found.toString(16).toUpperCase().padStart(4, '0')}`;
}
