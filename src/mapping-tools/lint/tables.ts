/** Code tables: that each is used, and that each row says where it was learnt and when. */
import { parseCsv } from '../../mapping/code-table.ts';
import type { MappingFiles } from '../../mapping/mapping-files.ts';
import { Problem } from '../../mapping/yaml-file.ts';
import type { Finding } from '../finding.ts';

const DAY = /^\d{4}-\d\d-\d\d$/;

/** `used`: the tables that some mapping of the directory names. */
export function* tableFindings(
  files: MappingFiles,
  tables: readonly string[],
  used: ReadonlySet<string>,
): Generator<Finding> {
  for (const name of tables) {
    const at = (line: number, code: Finding['code'], message: string): Finding => ({
      file: `${files.shown}/${name}`,
      line,
      column: 1,
      code,
      message,
    });
    if (!used.has(name)) yield at(1, 'unused-table', 'no rule names this table; use it, or delete it');
    for (const { line, message } of rowFindings(files, name)) yield at(line, 'table-row', message);
  }
}

interface RowFinding {
  readonly line: number;
  readonly message: string;
}

function rowFindings(files: MappingFiles, name: string): RowFinding[] {
  const found: RowFinding[] = [];
  try {
    const [header, ...rows] = parseCsv(files.read(name), (line, message) => {
      found.push({ line, message });
      throw new Problem(undefined, message);
    });
    const column = (cells: readonly string[], named: string): string => cells[header?.cells.indexOf(named) ?? -1] ?? '';
    const vendors = new Map<string, number>();
    for (const { line, cells } of rows) {
      const tell = (message: string): unknown => found.push({ line, message });
      const vendor = column(cells, 'vendor');
      const before = vendors.get(vendor);
      if (before !== undefined) tell(`repeats the vendor code "${vendor}" of line ${before}; keep one row`);
      else vendors.set(vendor, line);
      if (column(cells, 'source') === '') tell('has no source; say where this code was learnt');
      const date = column(cells, 'date');
      if (!isDay(date)) tell(`expected the day it was learnt as YYYY-MM-DD in "date", found "${date}"`);
    }
  } catch (error) {
    // Told already: by the row it is about, or by the rule that names the file.
    if (!(error instanceof Problem)) throw error;
  }
  return found;
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return DAY.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
