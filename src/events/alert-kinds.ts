/** What a person is to be told of, each kind by the statement that finds it. contracts/schemas/alert-kind.schema.json names them. */
import { PRODUCTION_POLICY, RENEW_WITHIN_DAYS } from '../domain/index.ts';
import { FAILING_AFTER } from './retry-plan.ts';

export interface AlertKind {
  readonly kind: string;
  readonly subjectType: 'connection' | 'webhook' | 'follower';
  readonly detail: string;
  /** A path of the API; `{id}` is the subject's. */
  readonly link: string;
  /** Selects organization_id and subject_id. `$1`: the adapters whose HISs tell by themselves. */
  readonly find: string;
}

/** How long a change may be in doubt until a person is told: the look-ups of the production policy take as long. */
const IN_DOUBT = `interval '10 minutes'`;
const STUCK = `interval '1 minute'`;

export const ALERT_KINDS: readonly AlertKind[] = [
  {
    kind: 'breaker-open',
    subjectType: 'connection',
    detail: 'Calls to the HIS fail, or are refused: what is asked of it waits until a call succeeds again.',
    link: '/v1/transactions?connection={id}&state=parked',
    find: `select organization_id, id::text as subject_id from connection where state = 'parked'`,
  },
  {
    kind: 'outcome-unknown',
    subjectType: 'connection',
    detail: 'For ten minutes or more nobody can say what became of a change that was sent to the HIS.',
    link: '/v1/transactions?connection={id}&state=unknown',
    find: `select distinct organization_id, connection_id::text as subject_id from transaction
      where state in ('unknown', 'verifying') and unknown_since < now() - ${IN_DOUBT}`,
  },
  {
    kind: 'needs-review',
    subjectType: 'connection',
    detail: 'Changes wait for a person: only the HIS itself can show what became of them.',
    link: '/v1/transactions?connection={id}&state=needs_review',
    find: `select distinct organization_id, connection_id::text as subject_id from transaction
      where state = 'needs_review' and released_at is null`,
  },
  {
    kind: 'appointments-blocked',
    subjectType: 'connection',
    detail: 'Changes of appointments wait behind one that is stuck.',
    link: '/v1/blocked-appointments?connection={id}',
    find: `select distinct organization_id, connection_id::text as subject_id from blocked_appointment`,
  },
  {
    kind: 'feed-silent',
    subjectType: 'connection',
    detail: 'The HIS tells by itself what changes there, and has told nothing for longer than its policy allows.',
    link: '/v1/connections/{id}/health',
    find: `select c.organization_id, c.id::text as subject_id from connection c
      where c.adapter = any($1) and c.state = 'active'
        and coalesce((select m.received_at from received_message m where m.connection_id = c.id
            order by m.received_at desc limit 1), c.created_at)
          < now() - coalesce((c.policy ->> 'feedSilentAfterMs')::float8, ${PRODUCTION_POLICY.feedSilentAfterMs}) * interval '1 ms'`,
  },
  {
    kind: 'certificate-expires',
    subjectType: 'connection',
    detail:
      'A certificate that the calls to the HIS rest on ends within thirty days, or has ended: no call succeeds after that.',
    link: '/v1/connections/{id}',
    find: `select distinct c.organization_id, c.id::text as subject_id from connection_expiry e join connection c on c.id = e.connection_id
      where e.kind <> 'token' and e.ends_at < now() + interval '${RENEW_WITHIN_DAYS} days' and c.state <> 'paused'`,
  },
  {
    kind: 'messages-held',
    subjectType: 'connection',
    detail: 'Messages of the HIS could not be applied: they wait for a person, or for a code to be mapped.',
    link: '/v1/messages?connection={id}&state=held',
    find: `select distinct organization_id, connection_id::text as subject_id from held_message where settled_at is null`,
  },
  {
    kind: 'payload-revealed',
    subjectType: 'connection',
    detail:
      'Somebody looks at what was sent for a transaction, with all that it says of a patient. The audit says who, and why.',
    link: '/v1/audit?action=transaction.reveal',
    find: `select distinct organization_id, connection_id::text as subject_id from reveal where hidden_at > now()`,
  },
  {
    kind: 'webhook-failing',
    subjectType: 'webhook',
    detail: 'What is sent to the webhook fails, or it was disabled because of that.',
    link: '/v1/webhooks/{id}/attempts',
    find: `select organization_id, id::text as subject_id from webhook
      where (state = 'enabled' and failures >= ${FAILING_AFTER}) or (state = 'disabled' and state_reason <> 'by-request')`,
  },
  {
    kind: 'events-stuck',
    subjectType: 'follower',
    detail: 'Events are not brought to a broker, or alerts are not mailed: what is to receive them fails.',
    link: '/v1/alerts?kind=events-stuck',
    find: `select o.id as organization_id, f.follower as subject_id from event_cursor f cross join organization o
      where f.failing_since < now() - ${STUCK}`,
  },
];
