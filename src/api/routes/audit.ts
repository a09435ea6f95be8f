/** Who did what, when, from where, why. */
import type { Sql } from '../../db/database.ts';
import { HubError } from '../../domain/index.ts';
import { listAuditRecords, type AuditFilter } from '../../queries/audit.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';

type Format = 'ndjson' | 'fhir';

export interface AuditRouteParts {
  readonly db: Sql;
  /** A reason in its caller's words; `sealed` is hex. Null when it does not open any more. */
  openReason(recordId: string, sealed: string): string | null;
  /** Pieces of text. Throws RangeError, before the first, when there is no such place. */
  exportAudit(organizationId: string, format: Format, after: number): AsyncGenerator<string>;
}

interface ExportQuery {
  readonly format: Format;
  readonly after: number;
}

const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  ndjson: 'application/x-ndjson',
  fhir: 'application/fhir+ndjson',
};

export const auditRoutes = ({ db, openReason, exportAudit }: AuditRouteParts) =>
  ({
    async listAuditRecords({ caller, query }: ApiRequest<unknown, AuditFilter & PageQuery>) {
      const page = await listAuditRecords(db, caller, query, pageRequest(query));
      const items = page.items.map(({ reason, detail, ...item }) => ({
        ...item,
        detail: JSON.parse(detail) as unknown,
        reason: reason === null ? null : openReason(item.id, reason),
      }));
      return pageReply({ ...page, items });
    },
    async exportAudit({ caller, query: { format, after } }: ApiRequest<unknown, ExportQuery>) {
      const stream = exportAudit(caller.organizationId, format, after);
      const first = await stream.next().catch((error: unknown) => {
        throw error instanceof RangeError ? noSuchPlace(error) : error;
      });
      return {
        status: 200,
        headers: { 'Content-Type': MEDIA_TYPES[format] },
        stream: withFirst(first, stream),
      };
    },
  }) satisfies Handlers;

/** Whether it can be had is known with the first piece: before the answer has begun. */
async function* withFirst(first: IteratorResult<string, void>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

const noSuchPlace = (cause: Error): HubError =>
  new HubError('validation', 'The audit has not so many records.', {
    errors: [{ pointer: '#/query/after', detail: 'expected the sequence of a record that you have' }],
    cause,
  });
