/** What a vendor does differently from what one would expect, each a named switch; and the contract rules a client may break. */
import { EditRefused } from './edits.ts';

/** `false` is off; a word where the quirk has more than one form. */
export type QuirkValue = boolean | string;

export interface QuirkDeclaration {
  /** As in the vendor's list of quirks, e.g. `O11`. */
  readonly id: string;
  readonly description: string;
  readonly default: QuirkValue;
  /** The forms that the quirk has; absent: it is only on or off. */
  readonly forms?: readonly string[];
}

/** The quirks of one simulated HIS. As faults, they do not survive a restart. */
export class Quirks {
  readonly #declared: ReadonlyMap<string, QuirkDeclaration>;
  readonly #values = new Map<string, QuirkValue>();
  /** By quirk: what `isFirst` was asked about since it was set. */
  readonly #met = new Map<string, Set<string>>();

  constructor(declarations: readonly QuirkDeclaration[]) {
    this.#declared = new Map(declarations.map((each) => [each.id, each]));
  }

  on(id: string): boolean {
    return this.value(id) !== false;
  }

  value(id: string): QuirkValue {
    return this.#values.get(id) ?? this.#declaration(id).default;
  }

  /** True when it is asked for the first time about `subject` since the quirk was set: for what goes wrong only once. */
  isFirst(id: string, subject = ''): boolean {
    const met = this.#met.get(id) ?? new Set();
    this.#met.set(id, met);
    return met.size < met.add(subject).size;
  }

  /** Sets the named ones, all or none. Throws EditRefused 400 on an unknown id or form. */
  set(values: Readonly<Record<string, unknown>>): void {
    const checked = Object.entries(values).map(([id, value]) => [id, this.#checked(id, value)] as const);
    for (const [id, value] of checked) {
      this.#values.set(id, value);
      this.#met.delete(id);
    }
  }

  list(): (QuirkDeclaration & { readonly value: QuirkValue })[] {
    return [...this.#declared.values()].map((each) => ({ ...each, value: this.value(each.id) }));
  }

  #checked(id: string, value: unknown): QuirkValue {
    const { forms } = this.#declaration(id);
    if (typeof value === 'boolean') return value;
    if (typeof value === 'string' && forms?.includes(value)) return value;
    const words = ['true', 'false', ...(forms ?? [])].join(', ');
    throw new EditRefused(400, `quirk ${id} takes ${words}`);
  }

  #declaration(id: string): QuirkDeclaration {
    const declaration = this.#declared.get(id);
    if (declaration !== undefined) return declaration;
    throw new EditRefused(400, `no quirk ${id}: there are ${[...this.#declared.keys()].join(', ') || 'none'}`);
  }
}

export interface Violation {
  readonly at: string;
  /** Kebab-case word, e.g. `if-match-missing`. */
  readonly rule: string;
  /** Method, path and ids; no PHI. */
  readonly detail: string;
}

/** Strict mode: the HIS notes every request that breaks the vendor's contract, whatever it answers. */
export class Strictness {
  #on = false;
  #violations: Violation[] = [];

  get on(): boolean {
    return this.#on;
  }

  /** Turning it on or off forgets the violations so far. */
  turn(on: boolean): void {
    this.#on = on;
    this.#violations = [];
  }

  report(rule: string, detail: string): void {
    if (this.#on) this.#violations.push({ at: new Date().toISOString(), rule, detail });
  }

  violations(): readonly Violation[] {
    return this.#violations;
  }
}
