/** What an examination of mappings has to say, in the form of a compiler: file, line, column, code, message. */
export type FindingCode =
  | 'invalid'
  | 'unused-table'
  | 'table-row'
  | 'unused-example'
  | 'unreachable'
  | 'shadowed'
  | 'missing-target'
  | 'unknown-target'
  | 'never-fits'
  | 'zone';

/** `line` and `column` count from 1; `file` is relative to the working directory. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: FindingCode;
  readonly message: string;
}

/** What was asked for does not exist, or cannot be read: nothing was examined. The command line ends with exit code 2. */
export class UsageError extends Error {}

export const inOrder = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
