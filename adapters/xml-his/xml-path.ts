/** Paths of profiles: names with slashes, through lists. Mappings have a language of their own; this is for rows, codes and conditions. */
import type { XmlValue } from '#adapter-kit';

/** All values at `path`, in order; lists on the way are walked through. `.` is the value itself. */
export function valuesAt(value: XmlValue | undefined, path: string): XmlValue[] {
  let found: XmlValue[] = value === undefined ? [] : [value].flat();
  if (path === '.') return found;
  for (const name of path.split('/')) {
    found = found.flatMap((each) => {
      if (typeof each !== 'object' || each === null || isList(each)) return [];
      const member = each[name];
      if (member === undefined) return [];
      return isList(member) ? [...member] : [member];
    });
  }
  return found;
}

/** Texts at `path` that are not empty. Of an element with attributes, its own text. */
export function textsAt(value: XmlValue | undefined, path: string): string[] {
  return valuesAt(value, path)
    .map((each) => (typeof each === 'object' && each !== null && !isList(each) ? each['#text'] : each))
    .filter((each) => typeof each === 'string')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

const isList = (value: XmlValue): value is readonly XmlValue[] => Array.isArray(value);
