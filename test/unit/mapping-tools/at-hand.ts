/** Mappings written for one test, as texts, and the hub's own contracts. */
import { join } from 'node:path';
import { loadContracts } from '../../../src/contracts.ts';
import type { MappingRef } from '../../../src/mapping-tools/index.ts';
import { filesAtHand } from '../../../src/mapping/mapping-files.ts';

export const CONTRACTS = loadContracts(join(import.meta.dirname, '../../../contracts'));

/** `texts` by their path, e.g. { 'one.yaml': '…', 'codes/modes.csv': '…' }; messages call the set mappings/x. */
export const filesOf = (texts: Readonly<Record<string, string>>): MappingRef['files'] =>
  filesAtHand(new Map(Object.entries(texts)), 'mappings/x');

export const refTo = (name: string, texts: Readonly<Record<string, string>>): MappingRef => ({
  adapter: 'x',
  name,
  directory: '/nowhere',
  files: filesOf(texts),
});

/** Four lines; the rest begins at line 5. */
export const headOf = (name: string, more = 'examples: [examples/any.json]'): string =>
  `mapping: ${name}\ndescription: made for a test\n${more}\n# rules\n`;
