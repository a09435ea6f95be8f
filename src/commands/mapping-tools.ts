/**
 * What the commands that publish mappings need to know of them; handed in, because commands know no mapping. Where texts are
 * loaded or applied, that is done in a process of its own: it may take for ever, and is stopped then.
 */

/** Texts by path: slot.yaml, codes/modes.csv, examples/one.json. Complete: the mapping reads nothing else. */
export type MappingTexts = Readonly<Record<string, string>>;

export interface RecordedInput {
  readonly id: string;
  /** JSON. */
  readonly text: string;
}

/** A field, as a pointer with `*` for the number of an item; in how many messages; the ids of some of them. */
export interface TouchedField {
  readonly field: string;
  readonly messages: number;
  readonly records: readonly string[];
}

/** What a new version would have made otherwise of recorded inputs; no values where a contract marks them as PHI. */
export interface MappingDiff {
  readonly total: number;
  readonly same: number;
  readonly changed: number;
  readonly failed: number;
  readonly recovered: number;
  readonly bothFailed: number;
  /** Whose value differs. */
  readonly changedFields: readonly TouchedField[];
  /** At which the new version refuses what the old one took. */
  readonly failedFields: readonly TouchedField[];
}

export interface NamedMapping {
  /** `<adapter>.<mapping>`. */
  readonly adapter: string;
  readonly name: string;
}

export interface MappingTools {
  /** The mappings that this installation brings for an adapter, by name. */
  names(adapter: string): readonly string[];
  /** Undefined: there is no such mapping. */
  builtIn(of: NamedMapping): MappingTexts | undefined;
  /** What keeps the files from being used: faults, findings of the lint, examples that do not hold. Empty: nothing. */
  problems(of: NamedMapping, texts: MappingTexts): Promise<readonly string[]>;
  /** Rejects with HubError `mapping-not-sound` when either does not load. */
  diff(of: NamedMapping, old: MappingTexts, now: MappingTexts, inputs: readonly RecordedInput[]): Promise<MappingDiff>;
  /** The files with one more row in a code table; undefined when they have no such table, or it lists the code. */
  withCode(
    texts: MappingTexts,
    row: {
      readonly table: string;
      readonly side: 'vendor' | 'canonical';
      readonly code: string;
      readonly value: string;
    },
  ): MappingTexts | undefined;
  /** What the table of the files says that the code means; undefined when they have no such table, or it does not list the code. */
  valueOf(
    texts: MappingTexts,
    row: { readonly table: string; readonly side: 'vendor' | 'canonical'; readonly code: string },
  ): string | undefined;
}
