/** What the audit is told of signing in. */
import type { AuditEntry, AuditOutcome } from '../domain/index.ts';

export interface SignInRecord extends Pick<AuditEntry, 'organizationId' | 'actorId' | 'actorRole' | 'detail'> {
  readonly action: 'sign-in' | 'password.change';
  readonly outcome: AuditOutcome;
}
