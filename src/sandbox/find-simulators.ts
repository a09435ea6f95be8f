/** Simulators are found as adapters are: a folder of adapters/ with a simulator.ts has one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StartSimulator } from '../adapter-kit/simulator/index.ts';

/** Undefined when the adapter has none (there is nothing to simulate). */
export async function findSimulator(adaptersDirectory: string, adapterId: string): Promise<StartSimulator | undefined> {
  const file = join(adaptersDirectory, adapterId, 'simulator.ts');
  if (!existsSync(file)) return undefined;
  const module = (await import(pathToFileURL(file).href)) as { default?: StartSimulator };
  if (!module.default) throw new Error(`adapters/${adapterId}/simulator.ts has no default export`);
  return module.default;
}
