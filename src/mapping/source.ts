/** What most rules begin with: `path`, and what may be done to the text found there. */
import { isSeq, type Node } from 'yaml';
import { typeFound, type Found } from './mapping-error.ts';
import type { Place } from './observer.ts';
import { parsePath } from './path.ts';
import { readPath } from './read-path.ts';
import { misfit } from './rule.ts';
import { itemsOf, textOf, type RuleMap } from './rule-map.ts';
import { compileTreatment, type Value } from './treatment.ts';
import { Problem } from './yaml-file.ts';

export const SOURCE_KEYS = ['path', 'trim', 'after', 'before', 'split', 'part', 'normalise', 'case', 'as'] as const;

type ReadAs<T> = (item: unknown, root: unknown) => T | undefined;

export interface OneSource {
  readonly many: false;
  readonly read: ReadAs<Value>;
  /** The path as written, for messages. */
  readonly text: string;
}

export interface ManySource {
  readonly many: true;
  /** Never an empty list: that counts as absent. */
  readonly read: ReadAs<Value[]>;
  readonly text: string;
}

export function compileSource(map: RuleMap, site: Place): OneSource | ManySource {
  const node = map.required('path');
  const paths = isSeq(node) ? itemsOf(node, '"path"') : [node];
  const sources = paths.map((each) => scalarsAt(each, map, site));
  const [first] = sources;
  if (!first) throw new Problem(node, '"path" is an empty list; name at least one path');
  if (sources.length === 1) return first;
  const texts = sources.map((source) => source.text);
  const text = texts.join(' or ');
  const ones = sources.filter((source) => !source.many);
  const lists = sources.filter((source) => source.many);
  if (lists.length === 0)
    return {
      many: false,
      text,
      read: firstPresent(
        ones.map(({ read }) => read),
        site,
        texts,
      ),
    };
  if (ones.length === 0)
    return {
      many: true,
      text,
      read: firstPresent(
        lists.map(({ read }) => read),
        site,
        texts,
      ),
    };
  throw new Problem(node, 'these paths do not agree: either all or none of them yield a list ([*])');
}

/** A source that yields one value, never a list. */
export function compileOne(map: RuleMap, site: Place, what: string): OneSource {
  const source = compileSource(map, site);
  if (!source.many) return source;
  throw new Problem(
    map.get('path'),
    `${what} takes one value, and [*] yields a list; name an item or a filter instead`,
  );
}

function firstPresent<T>(reads: readonly ReadAs<T>[], site: Place, texts: readonly string[]): ReadAs<T> {
  const taken = site.observer?.fork({ ...site, what: 'path', outcomes: texts });
  if (taken) {
    return (item, root) => {
      for (const [index, read] of reads.entries()) {
        const value = read(item, root);
        if (value === undefined) continue;
        taken(index);
        return value;
      }
      return undefined;
    };
  }
  return (item, root) => {
    for (const read of reads) {
      const value = read(item, root);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function scalarsAt(node: Node, map: RuleMap, site: Place): OneSource | ManySource {
  const text = textOf(node, '"path"');
  const refuse = (found: Found, expected: string, advice: string, at = text): never =>
    misfit(site, { sourcePath: at, found, expected, advice });
  const path = parsePath(text, node);
  const { read, many } = readPath(path, (at, found, expected, advice) => refuse(found, expected, advice, at), site);
  const treat = compileTreatment(map, refuse);
  const one = (value: unknown): Value | undefined => {
    if (value === undefined || value === null) return undefined;
    if (isValue(value)) {
      if (typeof value === 'string') site.budget.spendText(value, site);
      return treat ? treat(value) : value;
    }
    const advice = Array.isArray(value)
      ? `Write "${text}[0]" for the first item, or "${text}[*]" for all of them.`
      : 'Name the member that is meant, or use "fields".';
    return refuse(typeFound(value), 'a text, a number or a boolean', advice);
  };
  if (!many) return { text, many, read: (item, root) => one(read(item, root)) };
  return {
    text,
    many,
    read(item, root) {
      const values = read(item, root);
      if (!Array.isArray(values)) return undefined;
      const treated = values.map(one).filter((value) => value !== undefined);
      return treated.length === 0 ? undefined : treated;
    },
  };
}

export const isValue = (value: unknown): value is Value =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
