/** The items of `each`, translated one by one; an error says which item it was. */
import { MappingError, typeFound } from './mapping-error.ts';
import type { Place } from './observer.ts';
import { parsePath } from './path.ts';
import { readPath } from './read-path.ts';
import type { Read } from './read.ts';
import { misfit } from './rule.ts';
import { textOf, type RuleMap } from './rule-map.ts';

/** A list of what `translate` makes of each item; items that come to nothing are left out. Undefined when there is no list. */
export function compileEach(
  map: RuleMap,
  key: 'each' | 'group',
  site: Place,
  translate: Read,
): (item: unknown, root: unknown) => unknown[] | undefined {
  const node = map.required(key);
  const path = parsePath(textOf(node, `"${key}"`), node);
  const { read, many } = readPath(
    path,
    (sourcePath, found, expected, advice) => misfit(site, { sourcePath, found, expected, advice }),
    site,
    true,
  );
  const { observer, budget } = site;
  const items: Read = many ? flattened(read) : read;
  return (item, root) => {
    const list = items(item, root);
    if (list === undefined || list === null) return undefined;
    if (!Array.isArray(list)) {
      const advice = 'Use "fields" without "each" for a single object, or correct the path.';
      return misfit(site, { sourcePath: path.text, found: typeFound(list), expected: 'an array', advice });
    }
    budget.spend(list.length, site);
    const translated: unknown[] = [];
    for (let index = 0; index < list.length; index++) {
      try {
        const value = observer
          ? observer.within(translated.length, () => translate(list[index], root))
          : translate(list[index], root);
        if (value !== undefined) translated.push(value);
      } catch (error) {
        throw error instanceof MappingError ? error.inItem(path.text, index) : error;
      }
    }
    return translated;
  };
}

/** Where the path matched lists (`group[*].members`), their items are meant. */
const flattened =
  (read: Read): Read =>
  (item, root) => {
    const found = read(item, root);
    return Array.isArray(found) && found.some(Array.isArray) ? found.flat() : found;
  };
