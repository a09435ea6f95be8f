/** Adds a path to the `examples` of a mapping file, and leaves every other character of it as it is. */
import { isNode, isSeq, parseDocument } from 'yaml';

/** Undefined when the file has no list of examples that could be added to. */
export function addExample(text: string, path: string): string | undefined {
  const examples = parseDocument(text).get('examples', true);
  if (!isSeq(examples) || !examples.range) return undefined;
  const last = examples.items.filter(isNode).at(-1);
  const end = last?.range?.[1];
  const insert = (at: number, added: string): string => `${text.slice(0, at)}${added}${text.slice(at)}`;
  if (end === undefined) return insert(text.indexOf('[', examples.range[0]) + 1, path);
  if (examples.flow === true) return insert(end, `, ${path}`);
  const lineStart = text.lastIndexOf('\n', (last?.range?.[0] ?? 0) - 1) + 1;
  const indent = /^ */.exec(text.slice(lineStart))?.[0] ?? '';
  return insert(end, `\n${indent}- ${path}`);
}
