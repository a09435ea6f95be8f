/** A row of a code table as text: added, with every other character left as it is; or looked up. */
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
  const [header, ...rows] = rowsOf(text);
  if (!header) return undefined;
  const column = header.cells.indexOf(side);
  if (rows.some(({ cells }) => cells[column] === row[side])) return undefined;
  const own = new Map<string, string>(Object.entries(row));
  const cells = header.cells.map((name) => quoted(own.get(name) ?? ''));
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const isEnded = text === '' || text.endsWith('\n');
  return `${text}${isEnded ? '' : newline}${cells.join(',')}${newline}`;
}

/** What the table says that the code of `side` means; undefined when it does not list it. Throws a plain Error for what is no CSV. */
export function codeIn(text: string, side: 'vendor' | 'canonical', code: string): string | undefined {
  const [header, ...rows] = rowsOf(text);
  const [from, to] = ['vendor', 'canonical'].map((name) => header?.cells.indexOf(name) ?? -1);
  const row = rows.find(({ cells }) => cells[(side === 'vendor' ? from : to) ?? -1] === code);
  return row?.cells[(side === 'vendor' ? to : from) ?? -1];
}

const rowsOf = (text: string) =>
  parseCsv(text, (line, message) => {
    throw new Error(`line ${line} ${message}`);
  });

const quoted = (cell: string): string => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
