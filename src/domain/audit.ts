/** What the audit is told: who did what, when, from where, why. */
import type { Role } from './role.ts';

/** done: it was carried out. refused: the caller may not, or it cannot be. failed: the hub could not. */
export const AUDIT_OUTCOMES = ['done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

export type AuditKind = 'read' | 'change' | 'sign-in';

export interface AuditEntry {
  /** Null: of nobody that is known; it is kept by the organization that runs the hub. */
  readonly organizationId: string | null;
  /** X-Transaction-Id. */
  readonly transactionId: string | null;
  /** The client, app or person. */
  readonly actorId: string | null;
  readonly actorRole: Role | null;
  /** IP address. */
  readonly address: string;
  /** A word of contracts/audit.yaml, e.g. patient.read. */
  readonly action: string;
  readonly kind: AuditKind;
  readonly resourceKind: string | null;
  /** An id, never a name of a person. */
  readonly resourceId: string | null;
  /** Null: it has begun. */
  readonly outcome: AuditOutcome | null;
  readonly errorCode: string | null;
  /** Names of members, words of fixed lists, ids. No PHI. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** In the caller's words: may hold PHI, and is sealed. */
  readonly reason: string | null;
  /** What was begun, when this says what came of it. */
  readonly begunId: string | null;
}

/** Resolves with the id of the record when it is committed. Throws when it is not. */
export type KeepAudit = (entry: AuditEntry) => Promise<string>;
