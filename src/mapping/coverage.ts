/** What a set of inputs shows of a mapping: what it never read, never made, and where it never went. */
import type { WrittenRule } from './compile-rule.ts';
import type { Branch } from './recorder.ts';
import type { WatchedMapping } from './watched-mapping.ts';

export interface FieldCoverage extends WrittenRule {
  /** True when some input made the rule answer something. */
  readonly set: boolean;
  /** Those inputs, by their places. */
  readonly setBy: readonly number[];
}

export interface MappingCoverage {
  /** Every path of the inputs, e.g. entry[].resource.id, with whether any value there was ever read. */
  readonly source: readonly { readonly path: string; readonly read: boolean }[];
  /** Every rule that makes a value itself; objects and lists are made by the rules inside them. */
  readonly fields: readonly FieldCoverage[];
  /** Every way that a fork can go; `taken` is 0 for those that no input took. */
  readonly branches: readonly Branch[];
}

const CONTAINERS = new Set(['fields', 'each', 'list']);

/** Inputs that meet an error count as far as they came. */
export function coverageOf(watched: WatchedMapping, inputs: readonly unknown[]): MappingCoverage {
  const source = new Map<string, boolean>();
  const made = new Map<string, Set<number>>();
  let branches = watched.branches().map((branch) => ({ ...branch, taken: 0 }));
  for (const [place, input] of inputs.entries()) {
    const seen = watched.observe(input);
    for (const { path, read } of seen.source) source.set(path, read || source.get(path) === true);
    for (const { line, column } of seen.made) {
      const by = made.get(`${line}:${column}`) ?? new Set();
      made.set(`${line}:${column}`, by.add(place));
    }
    branches = branches.map((branch, index) => ({
      ...branch,
      taken: branch.taken + (seen.branches[index]?.taken ?? 0),
    }));
  }
  return {
    source: [...source].map(([path, read]) => ({ path, read })).toSorted((a, b) => a.path.localeCompare(b.path)),
    fields: watched.mapping.rules
      .filter(({ kind }) => !CONTAINERS.has(kind))
      .map((rule) => {
        const setBy = [...(made.get(`${rule.line}:${rule.column}`) ?? [])];
        return { ...rule, set: setBy.length > 0, setBy };
      }),
    branches,
  };
}
