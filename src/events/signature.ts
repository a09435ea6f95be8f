/** Signatures of Standard Webhooks: github.com/standard-webhooks, spec/standard-webhooks.md, "Signature scheme". */
import { createHmac } from 'node:crypto';
import { SECRET_PREFIX } from '../ledger/webhook-secret.ts';

/** `secrets`: each signs, the present one first; `timestamp` in whole seconds since 1970. */
export function signatureHeaders(
  secrets: readonly string[],
  id: string,
  timestamp: number,
  body: string,
): Readonly<Record<string, string>> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') };
}
