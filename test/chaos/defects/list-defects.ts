/** The planted defects, found by listing planted/. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Defect } from './defect.ts';

const PLANTED = join(import.meta.dirname, 'planted');

/** By name. Throws when a file exports no defect, or one of another name. */
export async function listDefects(): Promise<Defect[]> {
  const defects: Defect[] = [];
  for (const file of readdirSync(PLANTED).toSorted()) {
    const { defect } = (await import(pathToFileURL(join(PLANTED, file)).href)) as { defect?: Defect };
    if (defect?.name !== file.replace(/\.ts$/, '')) throw new Error(`planted/${file} exports no defect of that name`);
    defects.push(defect);
  }
  return defects;
}
