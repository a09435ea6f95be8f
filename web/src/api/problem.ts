/** A refusal of the hub (RFC 9457), as it is shown. */
interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

export class Problem extends Error {
  readonly status: number;
  /** End of the problem's type. */
  readonly code: string;
  readonly fields: readonly FieldProblem[];
  /** Everything else that it says. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, detail: string, members: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.members = members;
    this.fields = Array.isArray(members['errors']) ? (members['errors'] as FieldProblem[]) : [];
  }

  static of(body: unknown, response: Response): Problem {
    const members = body !== null && typeof body === 'object' ? { ...body } : {};
    const { detail, type } = members as { readonly detail?: unknown; readonly type?: unknown };
    const code = typeof type === 'string' ? (type.split('/').at(-1) ?? '') : '';
    const text = typeof detail === 'string' ? detail : `The hub answered ${response.status}.`;
    return new Problem(response.status, code, text, members);
  }
}

/** What to say of any error; a request that never arrived has its own words. */
export const sayProblem = (error: unknown): string => {
  if (error instanceof Problem) return error.message;
  if (error instanceof TypeError) return 'The hub cannot be reached. It is tried again by itself.';
  return 'Something went wrong here, in the console. Reload the page; if it stays, report it.';
};
