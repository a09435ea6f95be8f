/** Reads expressions, by the precedence of PostgreSQL (manual, 4.1.6). */
import type { Expression, Select } from './syntax.ts';
import type { Token } from './tokens.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  milliseconds: 1,
  second: 1_000,
  seconds: 1_000,
  minute: 60_000,
  minutes: 60_000,
  hour: 3_600_000,
  hours: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
};

const COMPARISONS = new Set(['=', '<>', '<', '>', '<=', '>=']);
/** Words that end an expression's column name: they are never columns. */
const RESERVED = new Set(['from', 'where', 'order', 'limit', 'for', 'returning', 'on', 'then', 'when', 'else', 'end']);

export class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  /** Reads a select; set by whoever knows how. */
  readonly #select: (reader: Reader) => Select;

  constructor(tokens: readonly Token[], select: (reader: Reader) => Select) {
    this.#tokens = tokens;
    this.#select = select;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  /** True when the next tokens are these words or signs. */
  sees(...texts: readonly string[]): boolean {
    return texts.every((text, index) => {
      const token = this.peek(index);
      return token !== undefined && (token.kind === 'word' || token.kind === 'sign') && token.text === text;
    });
  }

  takes(...texts: readonly string[]): boolean {
    if (!this.sees(...texts)) return false;
    this.#at += texts.length;
    return true;
  }

  expect(...texts: readonly string[]): void {
    if (!this.takes(...texts)) throw this.#unexpected(texts.join(' '));
  }

  name(): string {
    const token = this.peek();
    if (token?.kind !== 'word' && token?.kind !== 'name') throw this.#unexpected('a name');
    this.#at += 1;
    return token.text;
  }

  list<T>(one: () => T): T[] {
    const all = [one()];
    while (this.takes(',')) all.push(one());
    return all;
  }

  #unexpected(wanted: string): Error {
    const near = this.#tokens
      .slice(Math.max(0, this.#at - 6), this.#at + 6)
      .map(({ text }) => text)
      .join(' ');
    return new Error(`the simulated database expected ${wanted} in "${near}"`);
  }

  expression(): Expression {
    let left = this.#and();
    while (this.takes('or')) left = { kind: 'binary', sign: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.takes('and')) left = { kind: 'binary', sign: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    return this.takes('not') ? { kind: 'not', of: this.#not() } : this.#comparison();
  }

  #comparison(): Expression {
    let left = this.#other();
    for (;;) {
      const token = this.peek();
      if (token?.kind === 'sign' && COMPARISONS.has(token.text)) {
        this.#at += 1;
        if (this.takes('any', '(')) {
          const array = this.expression();
          this.expect(')');
          left = { kind: 'any', of: left, array };
        } else left = { kind: 'binary', sign: token.text, left, right: this.#other() };
      } else if (this.takes('is')) {
        const not = this.takes('not');
        if (this.takes('distinct', 'from')) {
          left = { kind: 'binary', sign: not ? 'is not distinct' : 'is distinct', left, right: this.#other() };
        } else {
          this.expect('null');
          left = { kind: 'is-null', of: left, not };
        }
      } else if (this.sees('in') || this.sees('not', 'in')) {
        const not = this.takes('not');
        this.expect('in', '(');
        left = this.sees('select')
          ? { kind: 'in-select', of: left, select: this.#select(this), not }
          : { kind: 'in', of: left, list: this.list(() => this.expression()), not };
        this.expect(')');
      } else return left;
    }
  }

  #other(): Expression {
    let left = this.#sum();
    for (;;) {
      const token = this.peek();
      if (token?.kind === 'sign' && ['->>', '->', '||'].includes(token.text)) {
        this.#at += 1;
        left = { kind: 'binary', sign: token.text, left, right: this.#sum() };
      } else return left;
    }
  }

  #sum(): Expression {
    let left = this.#product();
    while (this.sees('+') || this.sees('-')) left = this.#binary(left, () => this.#product());
    return left;
  }

  #product(): Expression {
    let left = this.#postfix();
    while (this.sees('*') || this.sees('/')) left = this.#binary(left, () => this.#postfix());
    return left;
  }

  #binary(left: Expression, right: () => Expression): Expression {
    const sign = this.peek()?.text ?? '';
    this.#at += 1;
    return { kind: 'binary', sign, left, right: right() };
  }

  #postfix(): Expression {
    let of = this.#primary();
    for (;;) {
      if (this.takes('::')) of = { kind: 'cast', of, type: this.type() };
      else if (this.takes('at', 'time', 'zone')) {
        this.#primary();
        of = { kind: 'cast', of, type: 'timestamp' };
      } else return of;
    }
  }

  type(): string {
    let type = this.name();
    if (this.takes('with', 'time', 'zone')) type = 'timestamptz';
    while (this.takes('[', ']')) type += '[]';
    return type;
  }

  #primary(): Expression {
    const token = this.peek();
    if (token === undefined) throw this.#unexpected('an expression');
    if (this.takes('(')) return this.#parenthesis();
    if (this.takes('-')) return { kind: 'minus', of: this.#postfix() };
    if (token.kind === 'text') {
      this.#at += 1;
      return { kind: 'value', value: token.text };
    }
    if (token.kind === 'number') {
      this.#at += 1;
      return { kind: 'value', value: token.value };
    }
    if (token.kind === 'parameter') {
      this.#at += 1;
      return { kind: 'parameter', number: token.value };
    }
    if (token.kind === 'word') return this.#word(token.text);
    if (token.kind === 'name') return this.#column();
    throw this.#unexpected('an expression');
  }

  #parenthesis(): Expression {
    if (this.sees('select')) {
      const select = this.#select(this);
      this.expect(')');
      return { kind: 'scalar', select };
    }
    const items = this.list(() => this.expression());
    this.expect(')');
    const [first] = items;
    return items.length === 1 && first ? first : { kind: 'row', items };
  }

  #word(word: string): Expression {
    if (RESERVED.has(word)) throw this.#unexpected('an expression');
    if (this.takes('true')) return { kind: 'value', value: true };
    if (this.takes('false')) return { kind: 'value', value: false };
    if (this.takes('null')) return { kind: 'value', value: null };
    if (this.takes('case')) return this.#case();
    if (this.takes('array', '[')) {
      const items = this.list(() => this.expression());
      this.expect(']');
      return { kind: 'array', items };
    }
    if (this.takes('exists', '(')) {
      const select = this.#select(this);
      this.expect(')');
      return { kind: 'exists', select };
    }
    if (word === 'interval' && this.peek(1)?.kind === 'text') {
      const [count, unit] = (this.peek(1)?.text ?? '').split(' ');
      this.#at += 2;
      const ms = UNIT_MS[unit ?? ''];
      if (ms === undefined) throw new Error(`the simulated database knows no interval of ${String(unit)}`);
      return { kind: 'interval', ms: Number(count) * ms };
    }
    if (this.takes('extract', '(')) {
      this.expect('epoch', 'from');
      const of = this.expression();
      this.expect(')');
      return { kind: 'call', name: 'epoch', args: [of] };
    }
    const next = this.peek(1);
    if (next?.kind === 'sign' && next.text === '(') {
      this.#at += 2;
      const args = this.sees(')') || this.takes('*') ? [] : this.list(() => this.expression());
      this.expect(')');
      return { kind: 'call', name: word, args };
    }
    return this.#column();
  }

  #column(): Expression {
    const name = this.name();
    if (!this.takes('.')) return { kind: 'column', table: undefined, name };
    return { kind: 'column', table: name, name: this.takes('*') ? '*' : this.name() };
  }

  #case(): Expression {
    const of = this.sees('when') ? undefined : this.expression();
    const whens: { when: Expression; value: Expression }[] = [];
    while (this.takes('when')) {
      const when = this.expression();
      this.expect('then');
      whens.push({ when, value: this.expression() });
    }
    const otherwise = this.takes('else') ? this.expression() : undefined;
    this.expect('end');
    return { kind: 'case', of, whens, otherwise };
  }
}
