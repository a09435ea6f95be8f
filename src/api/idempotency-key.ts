/** Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a quoted string by the draft, bare as most clients send it. */
import { HubError } from '../domain/index.ts';

const KEY_LENGTH_MAX = 255;

/** The key without quotes. Errors: idempotency-key-missing; validation, when it is none. */
export function idempotencyKey(header: string | undefined): string {
  const text = header?.trim() ?? '';
  if (text === '') throw idempotencyKeyMissing();
  const key = text.startsWith('"') ? unquoted(text) : text;
  if (key === undefined || !/^[\x20-\x7e]+$/.test(key) || key.length > KEY_LENGTH_MAX) {
    throw new HubError('validation', 'The Idempotency-Key cannot be used; a UUID will do.', {
      errors: [
        {
          pointer: '#/header/Idempotency-Key',
          detail: `expected one key of 1 to ${KEY_LENGTH_MAX} printable ASCII characters, quoted or bare`,
        },
      ],
    });
  }
  return key;
}

export const idempotencyKeyMissing = (): HubError =>
  new HubError(
    'idempotency-key-missing',
    'Make a key (a UUID will do), store it before you send, and send it as Idempotency-Key, the same in every repeat.',
    { errors: [{ pointer: '#/header/Idempotency-Key', detail: 'is required, and is missing' }] },
  );

/** An sf-string (RFC 9651, section 3.3.3); parameters after it are ignored. */
function unquoted(text: string): string | undefined {
  const match = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"(?:\s*;.*)?$/.exec(text);
  return match?.[1]?.replace(/\\(["\\])/g, '$1');
}
