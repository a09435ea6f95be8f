/** What may be logged of a value: no PHI, no credentials, no payloads, and not too much. */
import { errorFields, isError } from './error-fields.ts';

export const REDACTED = '[redacted]';

/** Credentials, and texts that would carry PHI past a test of property names. Compared as `normalised` writes them. */
const NEVER_LOGGED = [
  'authorization cookie setcookie password passphrase secret secrets clientsecret secrethash',
  'token accesstoken refreshtoken idtoken assertion privatekey apikey databaseurl',
  'body requestbody responsebody payload exchanges rawmessage',
].flatMap((line) => line.split(' '));

const DEPTH_MAX = 6;
const MEMBERS_MAX = 50;
const NODES_MAX = 1_000;
const CHARS_MAX = 2_048;

/** `birthDate`, `birth_date` and `Birth-Date` are one name. */
const normalised = (key: string): string => key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

export type Redact = (fields: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** `phiKeys`: names of the properties marked `x-phi` in the contracts. What they hold is replaced wherever they occur, at any depth. */
export function createRedact(phiKeys: Iterable<string>): Redact {
  const forbidden = new Set([...phiKeys].map(normalised).concat(NEVER_LOGGED));
  return (fields) => {
    const walk = new Walk(forbidden);
    return walk.members(fields, 0);
  };
}

/** One line of the log. Counts what it visited, so that a huge or circular value costs little. */
class Walk {
  readonly #forbidden: ReadonlySet<string>;
  #nodes = 0;

  constructor(forbidden: ReadonlySet<string>) {
    this.#forbidden = forbidden;
  }

  members(value: object, depth: number): Record<string, unknown> {
    const keys = Object.keys(value).slice(0, MEMBERS_MAX);
    return Object.fromEntries(keys.map((key) => [key, this.#member(value, key, depth)]));
  }

  #member(value: object, key: string, depth: number): unknown {
    if (this.#forbidden.has(normalised(key))) return REDACTED;
    try {
      return this.#value(Reflect.get(value, key), depth + 1);
    } catch {
      return '[unreadable]';
    }
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return value.length > CHARS_MAX ? `${value.slice(0, CHARS_MAX)}…` : value;
    if (typeof value === 'bigint') return value.toString();
    if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
    this.#nodes += 1;
    if (depth > DEPTH_MAX || this.#nodes > NODES_MAX) return '[truncated]';
    return this.#object(value, depth);
  }

  #object(value: object, depth: number): unknown {
    if (isError(value)) return errorFields(value);
    if (Array.isArray(value)) return value.slice(0, MEMBERS_MAX).map((each) => this.#value(each, depth + 1));
    if (value instanceof Map) return this.members(Object.fromEntries<unknown>(value), depth);
    if (value instanceof Set) return this.#value([...value], depth);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    // Paths and queries hold ids and search terms.
    if (value instanceof URL) return value.origin;
    const toJson: unknown = Reflect.get(value, 'toJSON');
    if (typeof toJson === 'function') return this.#value(Reflect.apply(toJson, value, []), depth + 1);
    return this.members(value, depth);
  }
}
