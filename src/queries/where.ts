/** The conditions of a statement whose filters are optional, with their parameters in order. */
export class Where {
  readonly values: unknown[] = [];
  readonly #conditions: string[] = [];

  /** Takes a value as a parameter; returns its `$n`. */
  parameter(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  /** Adds a fixed condition. */
  and(condition: string): void {
    this.#conditions.push(condition);
  }

  /** Adds a condition on a value, unless the value is undefined. */
  given<Value>(value: Value | undefined, condition: (parameter: string) => string): void {
    if (value !== undefined) this.#conditions.push(condition(this.parameter(value)));
  }

  /** The conditions joined, for use after `where`. */
  get text(): string {
    return this.#conditions.length === 0 ? 'true' : this.#conditions.join('\n and ');
  }
}

/** SQL: the text[] column of provider p has the word, whatever the case of its letters. */
export const hasWord = (column: 'specialties' | 'languages' | 'insurances', word: string): string =>
  `lower(p.${column}::text)::text[] @> array[lower(${word})]`;
