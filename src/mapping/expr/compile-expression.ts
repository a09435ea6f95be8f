/** Turns the tree of an expression, once, into plain functions. */
import type { Ast } from './ast.ts';
import type { Evaluate } from './evaluation.ts';
import { FUNCTIONS } from './functions.ts';
import { OPERATIONS } from './operators.ts';
import { compileFilter, compileName, compilePath } from './compile-path.ts';
import { asBoolean, asNumber } from './values.ts';

export function compileExpression(ast: Ast): Evaluate {
  const { position } = ast;
  switch (ast.type) {
    case 'constant': {
      const { value } = ast;
      return () => value;
    }
    case 'context':
      return (context) => context;
    case 'root':
      return (_context, run) => run.root;
    case 'name':
      return compileName(ast.name, position);
    case 'path':
      return compilePath(ast, compileExpression);
    case 'filtered':
      return compileFilter(compileExpression(ast.of), ast.filters, compileExpression);
    case 'minus': {
      const of = compileExpression(ast.of);
      return (context, run) => {
        const value = of(context, run);
        return value === undefined ? undefined : -asNumber(value, run, position);
      };
    }
    case 'operator':
      return compileOperator(ast);
    case 'condition': {
      const [test, yes] = [compileExpression(ast.test), compileExpression(ast.yes)];
      const no = ast.no === undefined ? () => undefined : compileExpression(ast.no);
      return (context, run) => (asBoolean(test(context, run), run, ast.position) === true ? yes : no)(context, run);
    }
    case 'list':
      return compileList(ast);
    case 'object':
      return compileObject(ast);
    default:
      return compileCall(ast);
  }
}

function compileOperator({ operator, left, right, position }: Extract<Ast, { type: 'operator' }>): Evaluate {
  const [first, second] = [compileExpression(left), compileExpression(right)];
  if (operator === 'and' || operator === 'or') {
    const settles = operator === 'or';
    return (context, run) =>
      (asBoolean(first(context, run), run, position) === true) === settles
        ? settles
        : asBoolean(second(context, run), run, position) === true;
  }
  const operate = OPERATIONS[operator];
  if (!operate) throw new Error(`no operation for ${operator}`);
  return (context, run) => operate(first(context, run), second(context, run), run, position);
}

function compileList({ items, position }: Extract<Ast, { type: 'list' }>): Evaluate {
  // A list written inside a list stays one; what else yields several values is taken apart.
  const parts = items.map((item) => ({ read: compileExpression(item), isList: item.type === 'list' }));
  return (context, run) => {
    const list: unknown[] = [];
    for (const { read, isList } of parts) {
      const value = read(context, run);
      if (value === undefined) continue;
      if (Array.isArray(value) && !isList) for (const each of value) list.push(each);
      else list.push(value);
    }
    run.spend(list.length, position);
    return list;
  };
}

function compileObject({ members, position }: Extract<Ast, { type: 'object' }>): Evaluate {
  const parts = members.map(([name, value]) => ({ name, read: compileExpression(value) }));
  return (context, run) => {
    const object: Record<string, unknown> = {};
    for (const { name, read } of parts) {
      const value = read(context, run);
      if (value !== undefined) object[name] = value;
    }
    run.spend(parts.length, position);
    return object;
  };
}

function compileCall({ name, parameters, position }: Extract<Ast, { type: 'call' }>): Evaluate {
  const known = FUNCTIONS.get(name);
  if (!known) throw new Error(`no function ${name}`);
  const reads = parameters.map((parameter) => compileExpression(parameter));
  return (context, run) => {
    run.spend(1, position);
    return known.run(
      reads.map((read) => read(context, run)),
      run,
      position,
    );
  };
}
