/** A directory is a registration: every folder of adapters/ with an index.ts is an adapter, and its name is its id. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CONTRACT_VERSION, type Adapter } from '../adapter-kit/index.ts';

/** Folders whose name starts with `_` are templates. */
export function listAdapters(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() && !entry.name.startsWith('_') && existsSync(join(directory, entry.name, 'index.ts')),
    )
    .map((entry) => entry.name)
    .toSorted();
}

export async function loadAdapters(directory: string): Promise<ReadonlyMap<string, Adapter>> {
  const adapters = new Map<string, Adapter>();
  for (const id of listAdapters(directory)) {
    const module = (await import(pathToFileURL(join(directory, id, 'index.ts')).href)) as { default?: Adapter };
    const adapter = module.default;
    if (!adapter?.manifest) throw new Error(`adapters/${id}/index.ts has no default export made by defineAdapter()`);
    if (adapter.manifest.id !== id)
      throw new Error(`adapters/${id} calls itself "${adapter.manifest.id}": directory and id must agree`);
    if (adapter.manifest.contractVersion !== CONTRACT_VERSION) {
      throw new Error(
        `adapters/${id} is written for contract ${String(adapter.manifest.contractVersion)}, this hub speaks ${String(CONTRACT_VERSION)}`,
      );
    }
    adapters.set(id, adapter);
  }
  return adapters;
}
