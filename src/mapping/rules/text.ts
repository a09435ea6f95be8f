/** `{ text: 'hub:{transactionId}' }`: fixed text with values in it. `{{` and `}}` stand for braces. */
import type { Node } from 'yaml';
import { typeFound } from '../mapping-error.ts';
import type { Place } from '../observer.ts';
import { parsePath } from '../path.ts';
import { readPath } from '../read-path.ts';
import { misfit, type RuleKind } from '../rule.ts';
import { isValue } from '../source.ts';
import type { Value } from '../treatment.ts';
import { Problem } from '../yaml-file.ts';

/** Literal braces, a path in braces (which may hold quoted text with braces in it), or plain text. */
const PIECE = /\{\{|\}\}|\{((?:'[^']*'|[^'{}])+)\}|([^{}]+)/y;

export const textRule: RuleKind = {
  key: 'text',
  keys: [],
  compile(map, { site }) {
    const node = map.required('text');
    // With a default, a missing part makes the whole text absent, and the default takes its place.
    const missing = map.has('default') ? 'absent' : 'refused';
    const parts = piecesOf(map.text('text') ?? '', node).map((piece) =>
      typeof piece === 'string' ? () => piece : partAt(piece.path, node, site, missing),
    );
    return (item, root) => {
      let text = '';
      for (const part of parts) {
        const piece = part(item, root);
        if (piece === undefined) return undefined;
        text += piece;
        if (text.length > LENGTH_MAX) return tooLong(site);
      }
      site.budget.spendText(text, site);
      return text;
    };
  },
};

/** Beyond what any field holds; a hundred parts of a megabyte each would be a hundred megabytes. */
const LENGTH_MAX = 1_000_000;

const tooLong = (site: Place): never =>
  misfit(site, {
    sourcePath: '"text"',
    found: 'text',
    expected: `a text of at most ${LENGTH_MAX} characters`,
    advice: 'Use fewer parts, or take a part of them first.',
  });

function piecesOf(text: string, node: Node): (string | { readonly path: string })[] {
  const pieces: (string | { readonly path: string })[] = [];
  let position = 0;
  while (position < text.length) {
    PIECE.lastIndex = position;
    const found = PIECE.exec(text);
    if (!found) {
      const where = `a brace at character ${position + 1} of the text`;
      throw new Problem(node, `${where} has no partner; write {{ or }} for the sign itself`);
    }
    if (found[1] === undefined) pieces.push(found[2] ?? found[0].slice(1));
    else pieces.push({ path: found[1] });
    position = PIECE.lastIndex;
  }
  return pieces;
}

function partAt(
  text: string,
  node: Node,
  site: Place,
  missing: 'absent' | 'refused',
): (item: unknown, root: unknown) => Value | undefined {
  const { read, many } = readPath(
    parsePath(text, node),
    (sourcePath, found, expected, advice) => misfit(site, { sourcePath, found, expected, advice }),
    site,
  );
  if (many)
    throw new Problem(node, `"${text}" yields a list, and a text takes one value; name an item or a filter instead`);
  return (item, root) => {
    const value = read(item, root);
    if (isValue(value)) return value;
    if ((value === undefined || value === null) && missing === 'absent') return undefined;
    return misfit(site, {
      sourcePath: text,
      found: typeFound(value),
      expected: 'a text, a number or a boolean',
      advice: 'Correct the path, or give the rule a "default" for when a part is missing.',
    });
  };
}
