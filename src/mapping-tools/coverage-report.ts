/** What the examples of a mapping show of it, as numbers and as lists of what is missing. */
import type { Contracts } from '../contracts.ts';
import { coverageOf } from '../mapping/coverage.ts';
import { memberNames, placeOf } from './contract-schema.ts';
import { nameOf, type MappingRef } from './find-mappings.ts';
import { openSound, openWatched } from './open-mapping.ts';
import { mapOf, outlineOf, textAt } from './outline.ts';

export interface Share {
  readonly done: number;
  readonly total: number;
  /** 0 to 100, rounded down; 100 of nothing. */
  readonly percent: number;
}

export interface CoverageReport {
  readonly mapping: string;
  readonly file: string;
  /** Target fields that some example sets: what a threshold is held against. */
  readonly fields: Share & { readonly neverSet: readonly Missing[]; readonly each: readonly FieldShown[] };
  /** Values of the example inputs that some rule reads. */
  readonly source: Share & { readonly neverRead: readonly string[] };
  readonly branches: Share & {
    readonly neverTaken: readonly (Missing & { readonly what: string; readonly outcome: string })[];
  };
  /** Members of the output's contract that no rule makes. */
  readonly withoutRule: readonly string[];
}

/** A target field, and the examples that set it, by their paths. */
interface FieldShown extends Missing {
  readonly setBy: readonly string[];
}

interface Missing {
  readonly field: string;
  readonly line: number;
  readonly column: number;
}

/** Throws UsageError for a mapping that cannot be loaded. */
export function reportCoverage(ref: MappingRef, contracts: Contracts): CoverageReport {
  const { yaml, examples } = openSound(ref.files, ref.name, contracts);
  const coverage = coverageOf(
    openWatched(ref.files, ref.name, contracts),
    examples.map(({ input }) => input),
  );
  const neverSet = coverage.fields
    .filter(({ set }) => !set)
    .map(({ field, line, column }) => ({ field, line, column }));
  const each = coverage.fields.map(({ field, line, column, setBy }) => ({
    field,
    line,
    column,
    setBy: setBy.flatMap((place) => examples[place]?.path ?? []),
  }));
  const neverTaken = coverage.branches
    .filter(({ taken }) => taken === 0)
    .map(({ field, line, column, what, outcome }) => ({ field, line, column, what, outcome }));
  const { source } = coverage;
  const neverRead = source.filter(({ read }) => !read).map(({ path }) => path);
  const head = outlineOf(yaml.root);
  const to = textAt(head?.map.get('to'));
  const fields = mapOf(head?.map.get('fields'));
  const members = to === undefined ? [] : memberNames(placeOf(contracts.openapi, to));
  return {
    mapping: nameOf(ref),
    file: yaml.name,
    fields: { ...share(coverage.fields.length, neverSet.length), neverSet, each },
    source: { ...share(source.length, neverRead.length), neverRead },
    branches: { ...share(coverage.branches.length, neverTaken.length), neverTaken },
    withoutRule: members.filter((name) => fields?.has(name) === false),
  };
}

export function share(total: number, missing: number): Share {
  const done = total - missing;
  return { done, total, percent: total === 0 ? 100 : Math.floor((done / total) * 100) };
}
