/** The benches, found by listing rows/. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from './bench.ts';

const ROWS = join(import.meta.dirname, 'rows');

/** In the order of the aims' names. Throws when a file exports no bench, or one of another name. */
export async function listBenches(): Promise<Bench[]> {
  const benches: Bench[] = [];
  for (const file of readdirSync(ROWS).toSorted()) {
    const { bench } = (await import(pathToFileURL(join(ROWS, file)).href)) as { bench?: Bench };
    if (bench?.name !== file.replace(/\.ts$/, '')) throw new Error(`rows/${file} exports no bench of that name`);
    benches.push(bench);
  }
  return benches.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** T2 before T10; what is in no row of the table comes last. */
const placeOf = ({ row }: Bench): number => Number(/^T(\d+)/.exec(row)?.[1] ?? 99);
