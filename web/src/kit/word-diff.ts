/** What is left out of a text, and what is put in, word by word. */

export interface Piece {
  readonly text: string;
  readonly isKept: boolean;
}

/** More than so many words are taken as one: nobody compares a book. */
const WORDS_MAX = 1_500;

const piecesOf = (text: string): readonly string[] => {
  const words = text.match(/\s+|[^\s]+/g) ?? [];
  return words.length > WORDS_MAX ? [text] : words;
};

/** Both texts whole, each in pieces: kept in both, or only here. By the longest common subsequence of words. */
export function wordDiff(before: string, after: string): { readonly before: Piece[]; readonly after: Piece[] } {
  const [a, b] = [piecesOf(before), piecesOf(after)];
  const width = b.length + 1;
  // The length of the best match of what is left from (i, j) on, row by row.
  const best = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => best[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      best[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const kept = { before: new Set<number>(), after: new Set<number>() };
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      kept.before.add(i++);
      kept.after.add(j++);
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return { before: joined(a, kept.before), after: joined(b, kept.after) };
}

/** Neighbours of one kind are one piece. */
function joined(words: readonly string[], kept: ReadonlySet<number>): Piece[] {
  const pieces: Piece[] = [];
  words.forEach((text, index) => {
    const isKept = kept.has(index);
    const last = pieces.at(-1);
    if (last?.isKept === isKept) pieces[pieces.length - 1] = { text: last.text + text, isKept };
    else pieces.push({ text, isKept });
  });
  return pieces;
}
