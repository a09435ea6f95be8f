/** What a check of one mapping is given, and how it tells what it found. */
import type { Node } from 'yaml';
import type { OpenApiDocument } from '../../contracts.ts';
import type { CodeTable } from '../../mapping/code-table.ts';
import type { FindingCode } from '../finding.ts';
import type { Rule } from '../outline.ts';

export interface Subject {
  /** The head of the file, with all rules below it. */
  readonly head: Rule;
  readonly document: OpenApiDocument;
  /** Undefined for one that cannot be read. */
  table(name: string): CodeTable | undefined;
  /** True when `value` keeps the schema. */
  keeps(schema: object, value: unknown): boolean;
  tell(at: Node, code: FindingCode, message: string): void;
}

export type Check = (subject: Subject) => void;
