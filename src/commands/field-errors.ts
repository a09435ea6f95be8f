import { escapePointer, HubError, type FieldError } from '../domain/index.ts';

/** Collects what is wrong with a request body, so that its sender hears of everything at once. */
export class FieldErrors {
  readonly #errors: FieldError[] = [];

  /** `pointer` is a JSON Pointer into the body; `detail` says what was expected, and never quotes a person's data. */
  add(pointer: string, detail: string): void {
    this.#errors.push({ pointer, detail });
  }

  /** Errors: validation, when anything was added. */
  check(): void {
    if (this.#errors.length === 0) return;
    const many = this.#errors.length > 1 ? `${this.#errors.length} fields are` : 'one field is';
    throw new HubError(
      'validation',
      `The body was not accepted: ${many} wrong. Correct what "errors" lists, and send it again.`,
      {
        errors: this.#errors,
      },
    );
  }
}

/** The pointer to a member of what `pointer` points to. */
export const at = (pointer: string, part: string | number): string => `${pointer}/${escapePointer(part)}`;
