/** What goes wrong when a mapping is loaded or applied. Neither error ever holds a value of the input: it may be PHI. */
import { AdapterError } from '../adapter-kit/call.ts';

/** Where a rule stands. `line` and `column` count from 1; `field` is the target, e.g. `name.family` or `identifiers[].value`. */
export interface Site {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly field: string;
  /** The kind of the rule: path, table, … Undefined outside of any. */
  readonly rule?: string | undefined;
}

/** JSON's own type words, with `text` for string and `absent` for a member that is not there. */
export type Found = 'absent' | 'null' | 'text' | 'number' | 'boolean' | 'object' | 'array';

export interface Misfit {
  readonly sourcePath: string;
  readonly found: Found;
  /** Completes the sentence "expected …". */
  readonly expected: string;
  /** What to do next; a sentence of its own. */
  readonly advice: string;
}

/** Thrown by `apply` when the input does not fit the mapping. Kind `protocol`, reason `mapping`. */
export class MappingError extends AdapterError implements Site, Misfit {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly field: string;
  readonly rule: string | undefined;
  readonly sourcePath: string;
  readonly found: Found;
  readonly expected: string;
  readonly advice: string;

  constructor(site: Site, misfit: Misfit) {
    super(
      'protocol',
      'mapping',
      `${site.file}:${site.line}:${site.column} field "${site.field}": expected ${misfit.expected} at "${misfit.sourcePath}", ` +
        `found ${misfit.found}. ${misfit.advice}${site.rule === undefined ? '' : ` (rule ${site.rule})`}`,
    );
    this.name = 'MappingError';
    this.file = site.file;
    this.line = site.line;
    this.column = site.column;
    this.field = site.field;
    this.rule = site.rule;
    this.sourcePath = misfit.sourcePath;
    this.found = misfit.found;
    this.expected = misfit.expected;
    this.advice = misfit.advice;
  }

  /** The same error, met while the item `index` (from 0) of the list `path` was translated. */
  inItem(path: string, index: number): MappingError {
    return new MappingError(this, { ...this.misfit(), sourcePath: `${path} (item ${index}): ${this.sourcePath}` });
  }

  private misfit(): Misfit {
    return { sourcePath: this.sourcePath, found: this.found, expected: this.expected, advice: this.advice };
  }
}

/** Which row a code table lacks. */
export interface MissingRow {
  /** The table's path below the mapping's directory: codes/modes.csv. */
  readonly table: string;
  /** vendor: the missing code is the vendor's; canonical: it is the hub's, on the way back. */
  readonly side: 'vendor' | 'canonical';
}

/** Thrown where a table says `unmapped: park`: the exchange waits until somebody adds the row, instead of failing. */
export class UnmappedCodeError extends MappingError implements MissingRow {
  readonly table: string;
  readonly side: 'vendor' | 'canonical';
  // Not a property: what prints an error prints its properties.
  readonly #code: string;

  constructor(site: Site, misfit: Misfit, row: MissingRow, code: string) {
    super(site, misfit);
    this.name = 'UnmappedCodeError';
    this.table = row.table;
    this.side = row.side;
    this.#code = code;
  }

  /** The code itself, for the task that asks for it; never in the message. At most 200 characters. */
  code(): string {
    return this.#code;
  }

  override inItem(path: string, index: number): UnmappedCodeError {
    return new UnmappedCodeError(this, super.inItem(path, index), this, this.#code);
  }
}

export interface LoadProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Thrown by `loadMappings`: everything that is wrong in the directory, in one go. */
export class MappingLoadError extends Error {
  readonly problems: readonly LoadProblem[];

  constructor(problems: readonly LoadProblem[]) {
    const lines = problems.map(({ file, line, column, message }) => `  ${file}:${line}:${column} ${message}`);
    super(`${problems.length} problem(s) in the mappings; correct them and start again:\n${lines.join('\n')}`);
    this.name = 'MappingLoadError';
    this.problems = problems;
  }
}

export function typeFound(value: unknown): Found {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'object';
}
