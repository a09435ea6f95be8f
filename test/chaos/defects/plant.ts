/**
 * Loaded into a process of the hub before its program (`node --import`): plants the defect CHAOS_DEFECT. The sources on disk stay
 * as they are; what is loaded has other text. A text that is not there exactly once ends the process: a defect must not vanish
 * silently when the sources change.
 */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Defect, Edit } from './defect.ts';
import { planted } from './planted.ts';

const ROOT = join(import.meta.dirname, '../../..');
const NAME = process.env['CHAOS_DEFECT'] ?? '';

const { defect } = (await import(`./planted/${NAME}.ts`)) as { defect: Defect };
const edits = Map.groupBy(defect.edits, ({ file }: Edit) => pathToFileURL(join(ROOT, file)).href);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const ours = edits.get(url);
    if (!ours) return loaded;
    const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: planted(text, ours) };
  },
});
