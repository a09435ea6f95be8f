/**
 * Code tables: CSV (RFC 4180) with the columns vendor, canonical, source, date. `source` and `date` say where a row was
 * learnt and when; further columns are allowed and not read.
 */
import type { Node } from 'yaml';
import { Problem } from './yaml-file.ts';

export interface CodeTable {
  readonly name: string;
  readonly toCanonical: ReadonlyMap<string, string>;
  /** Canonical to vendor; undefined when a canonical value has several vendor codes, so that there is no way back. */
  readonly toVendor: ReadonlyMap<string, string> | undefined;
}

const COLUMNS = ['vendor', 'canonical', 'source', 'date'];

/** Throws a Problem about `at`, with the line of the table in its message. */
export function parseCodeTable(name: string, text: string, at: Node): CodeTable {
  const fail = (line: number, message: string): never => {
    throw new Problem(at, `${name}:${line} ${message}`);
  };
  const [header, ...rows] = parseCsv(text, fail);
  const missing = COLUMNS.filter((column) => !header?.cells.includes(column));
  if (!header || missing.length > 0)
    return fail(1, `lacks the column(s) ${missing.join(', ')}; the first line is ${COLUMNS.join(',')}`);
  const toCanonical = new Map<string, string>();
  const toVendor = new Map<string, string>();
  for (const { line, cells } of rows) {
    if (cells.length !== header.cells.length)
      fail(line, `has ${cells.length} cells, the first line has ${header.cells.length}`);
    const vendor = cells[header.cells.indexOf('vendor')];
    const canonical = cells[header.cells.indexOf('canonical')];
    if (!vendor || !canonical) return fail(line, 'has an empty vendor or canonical cell; fill it, or remove the row');
    if (toCanonical.has(vendor)) fail(line, `repeats the vendor code "${vendor}"; keep one row`);
    toCanonical.set(vendor, canonical);
    toVendor.set(canonical, vendor);
  }
  return { name, toCanonical, toVendor: toVendor.size === toCanonical.size ? toVendor : undefined };
}

export interface Row {
  readonly line: number;
  readonly cells: string[];
}

/** One cell and what ends it: a quoted text ("" for a quote) or anything up to a comma or the end of the line. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

export function parseCsv(text: string, fail: (line: number, message: string) => never): Row[] {
  const rows: Row[] = [];
  const end = text.trimEnd().length;
  let cells: string[] = [];
  let line = 1;
  let lineOfRow = 1;
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  while (position < end || cells.length > 0) {
    CELL.lastIndex = position;
    const found = CELL.exec(text);
    if (!found) return fail(line, 'has a quotation mark out of place; put the cell in quotes and write "" for a quote');
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2]?.trim() ?? '');
    position = CELL.lastIndex;
    line += found[0].split('\n').length - 1;
    if (found[3] === ',') continue;
    if (cells.some((cell) => cell !== '')) rows.push({ line: lineOfRow, cells });
    lineOfRow = line;
    cells = [];
  }
  return rows;
}
