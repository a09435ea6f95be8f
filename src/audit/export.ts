/** The audit of one organization for whoever takes it away: as lines that can be verified, or as AuditEvents. */
import type { Sql } from '../db/database.ts';
import type { Seal } from '../ledger/seal.ts';
import { auditEvent } from './fhir.ts';
import { publicKeys } from './keys.ts';
import { reasonRow } from './keep.ts';
import { auditLines, type AuditLine } from './lines.ts';
import { asNdjson } from './ndjson.ts';

export type AuditFormat = 'ndjson' | 'fhir';

/** In the caller's words; null when it does not open any more. `sealed`: hex. */
export function openReason(seal: Seal, recordId: string, sealed: string): string | null {
  try {
    return seal.open(reasonRow(recordId), Buffer.from(sealed, 'hex'));
  } catch {
    return null;
  }
}

/** `after`: what has come since that place. Throws RangeError when there is no such place. */
export async function* exportAudit(
  { sql, seal }: { readonly sql: Sql; readonly seal: Seal },
  organizationId: string,
  format: AuditFormat,
  after: number,
): AsyncGenerator<string> {
  const lines = auditLines(sql, organizationId, await publicKeys(sql, undefined), after);
  const open = (recordId: string, sealed: string): string | null => openReason(seal, recordId, sealed);
  yield* format === 'ndjson' ? asNdjson(lines, open) : asAuditEvents(lines, open);
}

/** One for each thing that was done: what was begun is left out when what came of it follows. */
async function* asAuditEvents(
  lines: AsyncIterable<AuditLine>,
  open: (recordId: string, sealed: string) => string | null,
): AsyncGenerator<string> {
  const begun = new Map<string, string>();
  for await (const line of lines) {
    if (line.type !== 'record' || !line.record) continue;
    const { reason, begunId, outcome } = line.record;
    const event = auditEvent(line.record, line.sequence, reason === null ? null : open(line.recordId, reason));
    const text = `${JSON.stringify(event)}\n`;
    if (begunId !== null) begun.delete(begunId);
    if (outcome === null) begun.set(line.recordId, text);
    else yield text;
  }
  yield* begun.values();
}
