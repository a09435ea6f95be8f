/** The closed set of rules. A further kind is one more file here, one line below, and one branch in the schema. */
import type { RuleKind } from '../rule.ts';
import { constRule } from './const.ts';
import { durationRule } from './duration.ts';
import { eachRule } from './each.ts';
import { exprRule } from './expr.ts';
import { fieldsRule } from './fields.ts';
import { firstRule } from './first.ts';
import { groupRule } from './group.ts';
import { joinRule } from './join.ts';
import { listRule } from './list.ts';
import { pathRule } from './path.ts';
import { phoneRule } from './phone.ts';
import { splitRule } from './split.ts';
import { tableRule } from './table.ts';
import { textRule } from './text.ts';
import { timeRule } from './time.ts';

export const RULE_KINDS: readonly RuleKind[] = [
  pathRule,
  constRule,
  textRule,
  splitRule,
  joinRule,
  phoneRule,
  tableRule,
  timeRule,
  durationRule,
  firstRule,
  fieldsRule,
  eachRule,
  groupRule,
  listRule,
  exprRule,
];
