/** Who may call. What each may do is data: `x-roles` of every operation in contracts/openapi.yaml. */
export const ROLES = ['app', 'patient', 'provider', 'support', 'engineer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

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
}
