/** The words of an SQL text, for the part of SQL that the hub's own statements are written in. */

export type Token =
  | { readonly kind: 'word' | 'name' | 'text' | 'sign'; readonly text: string }
  | { readonly kind: 'number' | 'parameter'; readonly text: string; readonly value: number };

const PATTERN =
  /\s+|--[^\n]*|'((?:[^']|'')*)'|"([^"]+)"|([a-zA-Z_][a-zA-Z0-9_]*)|(\d+(?:\.\d+)?)|\$(\d+)|(->>|->|::|<>|<=|>=|\|\||[-+*/=<>(),.;[\]])/gy;

export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < sql.length) {
    const at = PATTERN.lastIndex;
    const match = PATTERN.exec(sql);
    if (!match) throw new Error(`the simulated database cannot read this SQL at "${sql.slice(at, at + 30)}"`);
    const [, text, name, word, number, parameter, sign] = match;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.replaceAll("''", "'") });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase() });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, value: Number(number) });
    else if (parameter !== undefined) tokens.push({ kind: 'parameter', text: parameter, value: Number(parameter) });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}
