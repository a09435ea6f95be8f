/**
 * Other text in the sources of a process of the hub: for harnesses that take a rule of it away, to see what becomes of it then. To be
 * called by a module that is loaded before the program (`node --import`). The sources on disk stay as they are.
 */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** The process ends where a text is not there exactly once: an edit must not vanish silently when the sources change. */
export function plantEdits(edits: readonly Edit[]): void {
  const byFile = Map.groupBy(edits, ({ file }) => pathToFileURL(join(ROOT, file)).href);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const ours = byFile.get(url);
      if (!ours) return loaded;
      const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
      return { ...loaded, source: edited(text, ours) };
    },
  });
}

/** The text of a source file with the edits made. Throws when a text that is to be replaced is not there exactly once. */
export function edited(source: string, edits: readonly Edit[]): string {
  return edits.reduce((text, { file, find, replace }) => {
    const count = text.split(find).length - 1;
    if (count !== 1) throw new Error(`the edit cannot be made: ${file} has ${count} times, instead of once: ${find}`);
    return text.replace(find, () => replace);
  }, source);
}
