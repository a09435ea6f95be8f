/** Brings texts that are written in several ways into one, so that they can be compared and stored. */

export const NORMALISATIONS = ['blanks', 'name', 'identifier', 'email'] as const;

/** Undefined when nothing is left. */
export function normalised(how: (typeof NORMALISATIONS)[number], text: string): string | undefined {
  return HOW[how](text) || undefined;
}

const blanks = (text: string): string => text.replace(/\s+/g, ' ').trim();

const HOW: Readonly<Record<(typeof NORMALISATIONS)[number], (text: string) => string>> = {
  blanks,
  // Composed letters (NFC), one kind of apostrophe and dash. Capitals stay: nobody can tell how DE LA CRUZ is spelt.
  name: (text) =>
    blanks(
      text
        .normalize('NFC')
        .replace(/[\u2018\u2019\u02BC]/g, "'")
        .replace(/[\u2010-\u2015]/g, '-'),
    ),
  // As people read them out: without blanks and separators, in capitals.
  identifier: (text) =>
    text
      .normalize('NFKC')
      .replace(/[\s.\-/]/g, '')
      .toUpperCase(),
  email: (text) => text.trim().toLowerCase(),
};
