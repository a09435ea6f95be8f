/** What can be typed next in a mapping: the words of the language, by its schema, and after `path:` what the input has. */
import type { Extension } from '@codemirror/state';
import { yamlLanguage } from '@codemirror/lang-yaml';
import schema from '../../../contracts/schemas/mapping.schema.json';

interface Word {
  readonly label: string;
  readonly type: 'property' | 'variable';
  readonly info?: string;
}

/** What CodeMirror asks with. */
interface Asked {
  readonly explicit: boolean;
  matchBefore(pattern: RegExp): { readonly from: number; readonly to: number; readonly text: string } | null;
}

const WORDS = [...wordsIn(schema).values()].toSorted((a, b) => a.label.localeCompare(b.label));
const PATHS_MAX = 500;
const DEPTH_MAX = 8;

/** `input`: the one at hand, as text. */
export const mappingCompletion = (input: () => string): Extension =>
  yamlLanguage.data.of({
    autocomplete(asked: Asked) {
      const path = asked.matchBefore(/\bpath:\s*'?[\w.[\]$-]*/);
      if (path) {
        const typed = /[\w.[\]$-]*$/.exec(path.text)?.[0] ?? '';
        return { from: path.to - typed.length, options: pathsOf(input()), validFor: /^[\w.[\]$-]*$/ };
      }
      const word = asked.matchBefore(/[A-Za-z]+/);
      if (!word && !asked.explicit) return null;
      return { from: word?.from ?? asked.matchBefore(/.?/)?.to ?? 0, options: WORDS, validFor: /^[A-Za-z]*$/ };
    },
  });

/** Of one name the first that is explained. */
function wordsIn(part: unknown, found = new Map<string, Word>()): Map<string, Word> {
  if (typeof part !== 'object' || part === null) return found;
  if ('properties' in part && typeof part.properties === 'object' && part.properties !== null) {
    for (const [label, property] of Object.entries(part.properties)) {
      const info: unknown =
        typeof property === 'object' && property !== null ? Reflect.get(property, 'description') : '';
      if (!found.get(label)?.info)
        found.set(label, { label, type: 'property', ...(typeof info === 'string' && info !== '' && { info }) });
    }
  }
  for (const member of Object.values(part)) wordsIn(member, found);
  return found;
}

/** As the language writes them: name.family, identifier[0].value. */
function pathsOf(text: string): Word[] {
  const paths = new Set<string>();
  const walk = (value: unknown, path: string, depth: number): void => {
    if (paths.size >= PATHS_MAX || depth > DEPTH_MAX || typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) return walk(value[0], `${path}[0]`, depth + 1);
    for (const [name, member] of Object.entries(value)) {
      const below = path === '' ? name : `${path}.${name}`;
      paths.add(below);
      walk(member, below, depth + 1);
    }
  };
  try {
    walk(JSON.parse(text), '', 0);
  } catch {
    // What is no JSON has no paths to offer.
  }
  return [...paths].map((label) => ({ label, type: 'variable' }));
}
