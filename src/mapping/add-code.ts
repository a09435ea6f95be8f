/** Adds a row to the text of a code table, and leaves every other character of it as it is. */
import { parseCsv } from './code-table.ts';

export interface CodeRow {
  readonly vendor: string;
  readonly canonical: string;
  /** Where it was learnt. */
  readonly source: string;
  /** YYYY-MM-DD */
  readonly date: string;
}

/** Undefined when the table lists the code of `side` already. Throws a plain Error for what is no CSV. */
export function addCode(text: string, side: 'vendor' | 'canonical', row: CodeRow): string | undefined {
  const [header, ...rows] = parseCsv(text, (line, message) => {
    throw new Error(`line ${line} ${message}`);
  });
  if (!header) return undefined;
  const column = header.cells.indexOf(side);
  if (rows.some(({ cells }) => cells[column] === row[side])) return undefined;
  const own = new Map<string, string>(Object.entries(row));
  const cells = header.cells.map((name) => quoted(own.get(name) ?? ''));
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const isEnded = text === '' || text.endsWith('\n');
  return `${text}${isEnded ? '' : newline}${cells.join(',')}${newline}`;
}

const quoted = (cell: string): string => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
