/** The words that a mapping says itself, in its conditions and code tables: they are of nobody's record. */
import { isMap, isScalar, parseDocument, visit } from 'yaml';

export interface Vocabulary {
  /** A code table lists it. */
  isCode(value: string): boolean;
  /** A rule, or a code table, says it. */
  isSaid(value: string): boolean;
  /** In parts: every second one, from the second on, is a word with a sign such as / or : that a rule says, as `Patient/`. */
  partsOf(value: string): readonly string[];
}

/** Members whose text is for people. */
const PROSE = new Set(['description', 'mapping', 'examples']);

export function vocabularyOf(texts: Iterable<readonly [path: string, text: string]>): Vocabulary {
  const codes = new Set<string>();
  const words = new Set<string>();
  for (const [path, text] of texts) {
    if (path.endsWith('.csv')) for (const cell of cellsOf(text)) codes.add(cell);
    if (path.endsWith('.yaml')) for (const word of wordsOf(text)) words.add(word);
  }
  const signs = [...words].filter((word) => /[/:|#]/.test(word)).toSorted((a, b) => b.length - a.length);
  const said = signs.length === 0 ? undefined : new RegExp(`(${signs.map((each) => RegExp.escape(each)).join('|')})`);
  return {
    isCode: (value) => codes.has(value),
    isSaid: (value) => codes.has(value) || words.has(value),
    partsOf: (value) => (said ? value.split(said) : [value]),
  };
}

/** The first two columns: where a code was learnt, and when, is prose. */
const cellsOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .slice(1)
    .flatMap((line) => line.split(',').slice(0, 2))
    .map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
    .filter((cell) => cell !== '');

/** Whole texts, and what stands in them behind an equals sign or between quotes: `a[b=c].d` says c. */
function* wordsOf(text: string): Generator<string> {
  const said: string[] = [];
  visit(parseDocument(text), {
    Pair(_, { key }) {
      return isScalar(key) && PROSE.has(String(key.value)) ? visit.SKIP : undefined;
    },
    Scalar(at, { value }, above) {
      if (typeof value === 'string' && (at !== 'key' || !isMap(above.at(-1)))) said.push(value);
    },
  });
  for (const each of said) {
    yield each;
    for (const [, bare] of each.matchAll(/=\s*([^\s'"\]=&|()]+)/g)) if (bare !== undefined) yield bare;
    for (const [, quoted] of each.matchAll(/'([^']*)'|"([^"]*)"/g)) if (quoted !== undefined) yield quoted;
  }
}
