/** The servers that the hub uses. Their URLs are never repeated in a problem: they may hold passwords. */
import { listOf, readEngineUrl, type Environment } from './environment.ts';

export interface AlertMail {
  /** Holds the password: not for logs. */
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
}

export function readDatabaseUrl(env: Environment, problems: string[]): string | undefined {
  const text = env['DATABASE_URL'];
  if (!text) return undefined;
  const url = URL.parse(text);
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    problems.push(
      'DATABASE_URL expects postgres://user:password@host:5432/database (percent-encode other characters), or unset for the embedded Postgres',
    );
    return undefined;
  }
  return text;
}

export function readRedisUrl(env: Environment, problems: string[]): string | undefined {
  const text = env['REDIS_URL'];
  const url = text ? URL.parse(text) : null;
  const isRedis = url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
  if (!isRedis || !/^\/?\d*$/.test(url.pathname)) {
    problems.push(
      'REDIS_URL expects redis://user:password@host:6379/0 (rediss:// for TLS; percent-encode other characters) when TESSERA_QUEUE is bullmq',
    );
    return undefined;
  }
  return text;
}

export function readAlertMail(env: Environment, problems: string[]): AlertMail | undefined {
  const smtpUrl = readEngineUrl(env, 'TESSERA_SMTP_URL', ['smtp:', 'smtps:'], problems);
  const from = env['TESSERA_ALERT_MAIL_FROM'] ?? '';
  const to = listOf(env['TESSERA_ALERT_MAIL_TO']);
  if (!env['TESSERA_SMTP_URL'] && from === '' && to.length === 0) return undefined;
  const address = /^[^\s@<>,]+@[^\s@<>,]+$/;
  if (env['TESSERA_SMTP_URL'] && address.test(from) && to.length > 0 && to.every((each) => address.test(each)))
    return smtpUrl === undefined ? undefined : { smtpUrl, from, to };
  problems.push(
    'alerts are mailed when TESSERA_SMTP_URL, TESSERA_ALERT_MAIL_FROM (an address) and TESSERA_ALERT_MAIL_TO (addresses, with commas between them) are set, all three',
  );
  return undefined;
}
