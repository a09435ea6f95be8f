/** The page that shows what an alert is about. */
import type { Schemas } from '../api/contract.ts';

export function placeOf({ kind, subjectType, subjectId }: Schemas['alert']): string {
  const of = `connection=${encodeURIComponent(subjectId)}`;
  switch (kind) {
    case 'needs-review':
      return `/transactions?state=needs_review&${of}`;
    case 'outcome-unknown':
      return `/transactions?state=unknown&${of}`;
    case 'appointments-blocked':
      return '/review';
    case 'payload-revealed':
      return '/audit?action=transaction.reveal';
    case 'messages-held':
      return `/messages?state=held&${of}`;
    case 'webhook-failing':
      return `/webhooks/${subjectId}`;
    case 'breaker-open':
    case 'feed-silent':
    case 'certificate-expires':
      return `/connections/${subjectId}`;
    case 'events-stuck':
      return subjectType === 'webhook' ? `/webhooks/${subjectId}` : '/webhooks';
    default:
      return kind satisfies never;
  }
}
