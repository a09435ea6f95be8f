/** Mails alerts: those of one batch in one letter. A mail server that is away delays them, and loses none. */
import { createTransport } from 'nodemailer';
import type { PlacedEvent } from './event.ts';
import type { Follower } from './follower.ts';

export interface MailOptions {
  /** smtp://user:password@host:587, or smtps:// for TLS from the first byte. */
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
}

const TIMEOUT_MS = 10_000;
const LINES_MAX = 100;

export function alertMail({ smtpUrl, from, to }: MailOptions): Follower {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // A letter is made of texts of our own only.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: 'alert-mail',
    async take(events) {
      const alerts = events.filter((each) => each.type === 'alert.opened' || each.type === 'alert.resolved');
      if (alerts.length === 0) return;
      await transport.sendMail({ from, to: [...to], subject: subjectOf(alerts), text: textOf(alerts) });
    },
  };
}

function subjectOf(alerts: readonly PlacedEvent[]): string {
  const opened = alerts.filter((each) => each.type === 'alert.opened').length;
  const [first] = alerts;
  if (first && alerts.length === 1) return `Tessera: ${wordOf(first)} ${String(first.data['kind'])}`;
  return `Tessera: ${opened} alerts opened, ${alerts.length - opened} resolved`;
}

const wordOf = (event: PlacedEvent): string => (event.type === 'alert.opened' ? 'OPENED' : 'resolved');

function textOf(alerts: readonly PlacedEvent[]): string {
  const lines = alerts.slice(0, LINES_MAX).map((each) => {
    const { kind, subjectType, subjectId, link } = each.data;
    return `${wordOf(each)}  ${String(kind)}  ${String(subjectType)} ${String(subjectId)}\n  since ${each.occurredAt}\n  see ${String(link)}\n`;
  });
  const more = alerts.length - LINES_MAX;
  return [...lines, ...(more > 0 ? [`… and ${more} more: GET /v1/alerts`] : [])].join('\n');
}
