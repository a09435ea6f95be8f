/** JSON as the formatter of this repository writes it, so that a written example is not a change of style as well. */
const WIDTH = 120;

export const printJson = (value: unknown): string => `${print(value, 0, 0)}\n`;

/** `before`: characters that stand on the line already. */
function print(value: unknown, depth: number, before: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) return `${open}${close}`;
  const isPlain = entries.every(([, member]) => typeof member !== 'object' || member === null);
  if (Array.isArray(value) && isPlain) {
    const line = `[${entries.map(([, member]) => JSON.stringify(member)).join(', ')}]`;
    // One more for the comma that may follow.
    if (before + line.length + 1 <= WIDTH) return line;
  }
  const indent = '  '.repeat(depth + 1);
  const lines = entries.map(([key, member]) => {
    const name = Array.isArray(value) ? '' : `${JSON.stringify(key)}: `;
    return `${indent}${name}${print(member, depth + 1, indent.length + name.length)}`;
  });
  return `${open}\n${lines.join(',\n')}\n${'  '.repeat(depth)}${close}`;
}
