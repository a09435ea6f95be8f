/** Who may call. What each may do, and how far it reaches, is data: contracts/authorization.yaml. */
export const ROLES = ['app', 'patient', 'provider', 'support', 'engineer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** How far a role reaches in one operation; contracts/authorization.yaml says what each means. */
export const REACHES = ['organization', 'location', 'patient', 'schedule', 'client'] as const;
export type Reach = (typeof REACHES)[number];

/** Things that a request may name, and that are not everybody's. */
export const GUARDED = ['location', 'provider', 'slot', 'appointment', 'patient', 'transaction'] as const;
export type Guarded = (typeof GUARDED)[number];

/** The caller of one request, as proven by its token. */
export interface Caller {
  readonly organizationId: string;
  /** The client (app or person) that idempotency keys, holds and limits belong to. */
  readonly clientId: string;
  readonly role: Role;
  /** Set when role is patient: all it may see. */
  readonly patientId?: string;
  /** Set when role is provider: all it may see. */
  readonly providerId?: string;
  /** Set when the caller is bound to these locations of its organization: it sees what is there, and no more. */
  readonly locationIds?: readonly string[];
  /** SMART scopes of an app, as its token has them; unset: all that its role may do. */
  readonly scopes?: readonly string[];
}
