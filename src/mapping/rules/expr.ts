/** `{ expr: 'a & b' }`: an expression of JSONata, as far as it is allowed, for what the other rules do not reach. */
import { compileExpression } from '../expr/compile-expression.ts';
import { ExpressionError, parseExpression, type Ast } from '../expr/ast.ts';
import { Evaluation, type Refuse } from '../expr/evaluation.ts';
import { misfit, type RuleKind } from '../rule.ts';
import { Problem } from '../yaml-file.ts';

const COPIED_DEPTH_MAX = 40;

export const exprRule: RuleKind = {
  key: 'expr',
  keys: [],
  compile(map, { site }) {
    const text = map.text('expr') ?? '';
    const evaluate = compileExpression(parsed(text, (message) => new Problem(map.get('expr'), message)));
    const refuse: Refuse = (position, found, expected, advice) =>
      misfit(site, { sourcePath: `expr, character ${position}`, found, expected, advice });
    return (item, root) => {
      const run = new Evaluation(root, refuse);
      const found = evaluate(item, run);
      const value = typeof found === 'object' && found !== null ? copied(found, run, 0) : (found ?? undefined);
      site.budget.spend(run.spent, site);
      return value;
    };
  },
};

function parsed(text: string, problem: (message: string) => Problem): Ast {
  try {
    return parseExpression(text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw problem(`${error.message} (character ${error.position} of the expression)`);
  }
}

/** The output shares no object with the input: nobody's change of one is seen in the other. */
function copied(value: unknown, run: Evaluation, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  run.spend(1, 1);
  if (depth > COPIED_DEPTH_MAX)
    return run.fail(1, value, `an output at most ${COPIED_DEPTH_MAX} deep`, 'Name the members that are meant.');
  if (Array.isArray(value)) return value.map((item) => copied(item, run, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copied(member, run, depth + 1)]));
}
