/** Opens an alert when something goes wrong, once, and resolves it when it is over; both are events, and a line of the log. */
import { newId } from '../db/new-id.ts';
import type { Database, Sql } from '../db/database.ts';
import { repeat, type Log, type Repeated } from '../domain/index.ts';
import { appendEvents } from '../ledger/event.ts';
import { ALERT_KINDS } from './alert-kinds.ts';

const LOOK_MS = 5_000;
/** What comes back within this time was never over: a breaker that opens and closes is one alert. */
const GRACE_MS = 30_000;

interface Alert {
  readonly id: string;
  readonly organization_id: string;
  readonly kind: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly detail: string;
  readonly link: string;
}

export interface Look {
  readonly opened: readonly Alert[];
  readonly resolved: readonly Alert[];
}

export interface LookOptions {
  /** Ids of the adapters whose HISs send messages of their own. */
  readonly tellByThemselves: readonly string[];
  readonly graceMs?: number;
}

const COLUMNS = 'id, organization_id, kind, subject_type, subject_id, detail, link';
const MET = `select * from jsonb_to_recordset($1) as met (id uuid, organization_id uuid, kind text, subject_type text,
  subject_id text, detail text, link text)`;
const IS_MET = `exists (select 1 from (${MET}) met where met.organization_id = a.organization_id and met.kind = a.kind
  and met.subject_id = a.subject_id)`;

/** Looks once. Of several processes that look at once one opens, and one resolves. */
export function lookForAlerts(db: Database, { tellByThemselves, graceMs = GRACE_MS }: LookOptions): Promise<Look> {
  return db.transaction(async (tx) => {
    const met = JSON.stringify(await findAll(tx, tellByThemselves));
    const opened = await tx.query<Alert & Record<string, unknown>>(
      `insert into alert (${COLUMNS}) select ${COLUMNS} from (${MET}) met order by organization_id, kind, subject_id
       on conflict (organization_id, kind, subject_id) where resolved_at is null do nothing returning ${COLUMNS}`,
      [met],
    );
    await tx.query(
      `update alert a set absent_since = case when ${IS_MET} then null else now() end
       where a.resolved_at is null and (a.absent_since is not null) = ${IS_MET}`,
      [met],
    );
    const resolved = await tx.query<Alert & Record<string, unknown>>(
      `update alert set resolved_at = now()
       where resolved_at is null and absent_since <= now() - $1 * interval '1 ms' returning ${COLUMNS}`,
      [graceMs],
    );
    await tell(tx, 'alert.opened', opened.rows);
    await tell(tx, 'alert.resolved', resolved.rows);
    return { opened: opened.rows, resolved: resolved.rows };
  });
}

async function findAll(tx: Sql, tellByThemselves: readonly string[]): Promise<readonly Alert[]> {
  const found: Alert[] = [];
  for (const { kind, subjectType, detail, link, find } of ALERT_KINDS) {
    const values = find.includes('$1') ? [tellByThemselves] : [];
    const { rows } = await tx.query<{ organization_id: string; subject_id: string }>(find, values);
    for (const { organization_id, subject_id } of rows)
      found.push({
        id: newId(),
        organization_id,
        kind,
        subject_type: subjectType,
        subject_id,
        detail,
        link: link.replaceAll('{id}', encodeURIComponent(subject_id)),
      });
  }
  return found;
}

const tell = (tx: Sql, type: 'alert.opened' | 'alert.resolved', alerts: readonly Alert[]): Promise<void> =>
  appendEvents(
    tx,
    alerts.map((each) => ({
      type,
      organizationId: each.organization_id,
      connectionId: each.subject_type === 'connection' ? each.subject_id : null,
      data: {
        alertId: each.id,
        kind: each.kind,
        subjectType: each.subject_type,
        subjectId: each.subject_id,
        link: each.link,
      },
    })),
  );

/** Looks now and then every five seconds, until stopped. */
export const startAlerts = (db: Database, options: LookOptions, log: Log): Repeated =>
  repeat(
    async () => {
      const { opened, resolved } = await lookForAlerts(db, options);
      for (const each of opened) log.error(fieldsOf(each), `alert: ${each.detail}`);
      for (const each of resolved) log.info(fieldsOf(each), 'an alert is over');
    },
    {
      everyMs: LOOK_MS,
      onError: (error) => log.warn({ err: error }, 'alerts were not looked for; tried again soon'),
    },
  );

const fieldsOf = (each: Alert): Readonly<Record<string, unknown>> => ({
  organizationId: each.organization_id,
  alertId: each.id,
  kind: each.kind,
  subjectType: each.subject_type,
  subjectId: each.subject_id,
  link: each.link,
});
