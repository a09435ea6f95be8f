/** The closed set of rules. A further kind, such as `expr`, is one more file here, one line below, and one branch in the schema. */
import type { RuleKind } from '../rule.ts';
import { constRule } from './const.ts';
import { eachRule } from './each.ts';
import { fieldsRule } from './fields.ts';
import { listRule } from './list.ts';
import { pathRule } from './path.ts';
import { tableRule } from './table.ts';
import { textRule } from './text.ts';
import { timeRule } from './time.ts';

export const RULE_KINDS: readonly RuleKind[] = [
  pathRule,
  constRule,
  textRule,
  tableRule,
  timeRule,
  fieldsRule,
  eachRule,
  listRule,
];
