/** Codes of contracts/errors.yaml: each is the end of a problem `type`. */
export const ERROR_CODES = [
  'validation',
  'malformed-json',
  'payload-too-large',
  'uri-too-long',
  'headers-too-many',
  'idempotency-key-missing',
  'idempotency-key-reused',
  'idempotency-in-progress',
  'slot-taken',
  'hold-expired',
  'hold-not-yours',
  'stale-version',
  'precondition-required',
  'managed-by-his',
  'not-found',
  'method-not-allowed',
  'unsupported-media-type',
  'forbidden',
  'unauthenticated',
  'quota-exceeded',
  'his-unavailable',
  'unsupported-by-his',
  'refused-by-his',
  'state-conflict',
  'unsupported-edit',
  'plan-too-large',
  'mapping-not-sound',
  'mapping-changes-unannounced',
  'unavailable',
  'overloaded',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface FieldError {
  /** JSON Pointer into the request body, or `#/query/name`, `#/path/name`, `#/header/name`. */
  readonly pointer: string;
  readonly detail: string;
}

/**
 * The one error that callers of the hub see. `message` is public: what was expected, what came, what to do; never PHI.
 * `members` are extension members of the problem body (RFC 9457), e.g. `conflicts` and `alternatives`.
 */
export class HubError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];
  readonly members: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      errors?: readonly FieldError[];
      members?: Readonly<Record<string, unknown>>;
      retryAfterSeconds?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'HubError';
    this.code = code;
    this.errors = more.errors ?? [];
    this.members = more.members ?? {};
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}
