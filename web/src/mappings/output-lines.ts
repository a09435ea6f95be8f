/** What each line of an output is about. */

/** JSON pointers, by line, of a text that JSON.stringify has written with an indent; none for what is no JSON. */
export function pointersByLine(text: string | undefined): readonly string[] {
  try {
    return linesOf(JSON.parse(text ?? ''), '');
  } catch {
    return [];
  }
}

function linesOf(value: unknown, pointer: string): string[] {
  if (typeof value !== 'object' || value === null) return [pointer];
  const members = Object.entries(value);
  if (members.length === 0) return [pointer];
  // The bracket that opens it, its members, and the bracket that closes it.
  return [pointer, ...members.flatMap(([name, member]) => linesOf(member, `${pointer}/${escaped(name)}`)), pointer];
}

/** RFC 6901. */
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
