/** Writes records, each committed before its writer goes on, and noted to be sealed. */
import type { Sql } from '../db/database.ts';
import type { AuditEntry, KeepAudit } from '../domain/index.ts';
import { newId } from '../db/new-id.ts';
import type { Seal } from '../ledger/seal.ts';

export const reasonRow = (recordId: string): string => `audit_record/${recordId}/reason`;

// What is of nobody that is known belongs to whoever runs the hub.
const INSERT = `
  with kept as (
    insert into audit_record (id, organization_id, begun_id, transaction_id, actor_id, actor_role, address, action, kind,
      resource_kind, resource_id, outcome, error_code, detail, reason)
    select $1::uuid, o.id, $3::uuid, $4::uuid, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text, $11::text, $12::text,
      $13::text, $14::text, $15::bytea
    from organization o
    where o.id = coalesce($2::uuid, (select id from organization order by runs_platform desc, created_at, id limit 1))
    returning id, organization_id)
  insert into audit_waiting (audit_record_id, organization_id) select id, organization_id from kept`;

/** `sqlOf`: for one organization, or for what belongs to none. */
export const auditKeeper =
  (sqlOf: (organizationId: string | null) => Sql, seal: Seal): KeepAudit =>
  async (entry) => {
    const id = newId();
    await sqlOf(entry.organizationId).query(INSERT, [id, ...valuesOf(entry), sealed(seal, id, entry.reason)]);
    return id;
  };

const valuesOf = (entry: AuditEntry): readonly unknown[] => [
  entry.organizationId,
  entry.begunId,
  entry.transactionId,
  entry.actorId,
  entry.actorRole,
  entry.address,
  entry.action,
  entry.kind,
  entry.resourceKind,
  entry.resourceId,
  entry.outcome,
  entry.errorCode,
  JSON.stringify(entry.detail),
];

const sealed = (seal: Seal, id: string, reason: string | null): Buffer | null =>
  reason === null ? null : seal.close(reasonRow(id), reason);
