/** When certificates and tokens end. */
import { RENEW_WITHIN_DAYS } from '../domain/index.ts';
import { utcTime } from './times.ts';

/** SQL: contracts/schemas/expiry.schema.json, the one that ends first at the front; `connection`: the id of one. */
export const expiriesJson = (connection: string): string =>
  `(select coalesce(json_agg(json_build_object('kind', e.kind, 'subject', nullif(e.subject, ''), 'endsAt', ${utcTime('e.ends_at')},
      'seenAt', ${utcTime('e.seen_at')},
      'soon', e.kind <> 'token' and e.ends_at < now() + interval '${RENEW_WITHIN_DAYS} days') order by e.ends_at, e.kind, e.subject), '[]')
    from connection_expiry e where e.connection_id = ${connection})`;
