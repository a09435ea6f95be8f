/** The rows of the matrix, found by listing rows/. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Row } from './row.ts';

const ROWS = join(import.meta.dirname, 'rows');

/** In the order of the report. Throws when a file exports no row, or one of another name. */
export async function listRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const file of readdirSync(ROWS).filter((name) => name.endsWith('.ts'))) {
    const { row } = (await import(pathToFileURL(join(ROWS, file)).href)) as { row?: Row };
    if (row?.name !== file.replace(/\.ts$/, '')) throw new Error(`rows/${file} exports no row of that name`);
    rows.push(row);
  }
  return rows.toSorted((a, b) => a.order - b.order);
}
