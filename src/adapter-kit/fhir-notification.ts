/**
 * FHIR Subscription notifications, for every adapter whose HIS sends them. Sources: FHIR R4 Subscription (rest-hook, with or without
 * a payload) and the Subscriptions R5 Backport IG 1.1.0 for R4 (notification bundles: empty, id-only, full-resource; handshakes and
 * heartbeats; event numbers, by which a receiver knows that it has missed something).
 */
import { createHash } from 'node:crypto';
import { AdapterError } from './adapter-error.ts';
import type { Pushed, PushedChange, ReceivedPush } from './contract.ts';
import { isRecord } from './is-record.ts';

type Json = Readonly<Record<string, unknown>>;

/** Throws AdapterError protocol. `pushed.body` may be empty: then something has changed, and nobody says what. */
export function readFhirNotification({ contentType = '', body }: Pushed): ReceivedPush {
  const digest = createHash('sha256').update(body).digest('hex').slice(0, 32);
  // R4 without a payload: every such request says the same, so none is a repeat of another.
  if (body.byteLength === 0) return notification(`hook/${crypto.randomUUID()}`, [{ kind: 'anything' }]);
  if (/\bxml\b/.test(contentType))
    throw unread('xml-payload', 'expected application/fhir+json; set the payload of the Subscription to it');
  const resource = parsed(body);
  const members = Object.keys(resource);
  if (members.length === 0) return notification(`hook/${crypto.randomUUID()}`, [{ kind: 'anything' }]);
  if (resource['resourceType'] !== 'Bundle') return notification(`resource/${digest}`, [changeOf(resource)]);
  const entries = listOf(resource['entry']);
  const status = recordOf(entries[0]?.['resource']);
  // R4 has it as Parameters, R4B and R5 as SubscriptionStatus.
  if (status?.['resourceType'] === 'Parameters') return ofBackport(parametersIn(status), entries, digest);
  if (status?.['resourceType'] === 'SubscriptionStatus') {
    throw unread('fhir-version', 'expected a notification of R4 (Parameters), got SubscriptionStatus: subscribe by R4');
  }
  if (resource['type'] !== 'history' && resource['type'] !== 'subscription-notification') {
    throw unread(
      'no-notification',
      'expected a Bundle of type history, with the status of the subscription as its first entry',
    );
  }
  throw unread('no-status', 'expected the status of the subscription (Parameters) as the first entry');
}

const notification = (
  messageId: string,
  changes: readonly PushedChange[],
  counted?: ReceivedPush['counted'],
): ReceivedPush => ({ messageId, changes, ...(counted && { counted }), acknowledge: () => undefined });

interface Status {
  readonly subscription: string;
  readonly type: string;
  readonly state: string;
  readonly latest: number | undefined;
  readonly events: readonly { readonly number: number; readonly focus: readonly string[] }[];
}

function ofBackport(status: Status, entries: readonly Json[], digest: string): ReceivedPush {
  const { subscription, type, latest } = status;
  const counted = (numbers: readonly number[]): ReceivedPush['counted'] =>
    latest === undefined && numbers.length === 0
      ? undefined
      : { feed: subscription, numbers, latest: Math.max(latest ?? 0, ...numbers) };
  // The server gave up, or was told to: what happened since was not told.
  const silent: PushedChange[] = ['error', 'off'].includes(status.state) ? [{ kind: 'anything' }] : [];
  switch (type) {
    case 'handshake':
    case 'heartbeat':
    case 'query-status':
      return notification(`${subscription}/${type}/${digest}`, silent, counted([]));
    case 'event-notification':
    case 'query-event': {
      const numbers = status.events.map((each) => each.number);
      const listed = numbers.join('-');
      const key = listed === '' || listed.length > REFERENCE_MAX ? digest : listed;
      const changes = changesOf(status.events, entries);
      return notification(`${subscription}/event/${key}`, [...silent, ...changes], counted(numbers));
    }
    default:
      throw unread(
        'notification-type',
        'expected type handshake, heartbeat, event-notification, query-status or query-event',
      );
  }
}

/** A full-resource notification brings what the focus points to; an id-only one only its name; an empty one not even that. */
function changesOf(events: Status['events'], entries: readonly Json[]): readonly PushedChange[] {
  const focuses = [...new Set(events.flatMap(({ focus }) => focus))];
  const named = focuses.length > 0 ? focuses : entries.slice(1).flatMap((entry) => textOf(entry['fullUrl']) ?? []);
  if (named.length === 0) return [{ kind: 'anything' }];
  return named.map((reference) => {
    const entry = entries.find((each) => isSame(textOf(each['fullUrl']), reference));
    return withContent(changeNamed(reference), recordOf(entry?.['resource']) ?? {});
  });
}

const isSame = (url: string | undefined, reference: string): boolean =>
  url !== undefined && (url === reference || url.endsWith(`/${reference}`) || reference.endsWith(`/${url}`));

const BY_TYPE: Readonly<Record<string, 'slot' | 'appointment' | 'directory'>> = {
  Slot: 'slot',
  Appointment: 'appointment',
  Practitioner: 'directory',
  PractitionerRole: 'directory',
  Location: 'directory',
};

function changeNamed(reference: string): PushedChange {
  const [, type = '', id = ''] = /([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(reference) ?? [];
  const kind = BY_TYPE[type];
  if (kind === undefined) return { kind: 'anything' };
  return kind === 'directory' ? { kind } : { kind, externalId: id };
}

const NOW: Readonly<Record<string, 'free' | 'taken'>> = {
  free: 'free',
  busy: 'taken',
  'busy-unavailable': 'taken',
  'busy-tentative': 'taken',
  'entered-in-error': 'taken',
};

const changeOf = (resource: Json): PushedChange =>
  withContent(changeNamed(`${textOf(resource['resourceType']) ?? ''}/${textOf(resource['id']) ?? ''}`), resource);

function withContent(named: PushedChange, resource: Json): PushedChange {
  if (named.kind !== 'slot' && named.kind !== 'appointment') return named;
  const start = textOf(resource['start']);
  const now = named.kind === 'slot' ? NOW[textOf(resource['status']) ?? ''] : undefined;
  return {
    ...named,
    ...(start !== undefined && isInstant(start) && { start: new Date(start).toISOString() }),
    ...(now && { now }),
  };
}

const REFERENCE_MAX = 500;

const isInstant = (text: string): boolean => /T.*(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));

function parametersIn(parameters: Json): Status {
  const all = listOf(parameters['parameter']);
  const named = (name: string): Json | undefined => all.find((each) => each['name'] === name);
  const subscription = textOf(recordOf(named('subscription')?.['valueReference'])?.['reference']);
  const type = textOf(named('type')?.['valueCode']);
  if (subscription === undefined || subscription.length > REFERENCE_MAX || type === undefined)
    throw unread('no-subscription', 'expected the parameters subscription and type');
  return {
    subscription,
    type,
    state: textOf(named('status')?.['valueCode']) ?? '',
    latest: numberOf(named('events-since-subscription-start')?.['valueString']),
    events: all.filter((each) => each['name'] === 'notification-event').map(eventIn),
  };
}

function eventIn(parameter: Json): Status['events'][number] {
  const parts = listOf(parameter['part']);
  const number = numberOf(parts.find((each) => each['name'] === 'event-number')?.['valueString']);
  if (number === undefined)
    throw unread('no-event-number', 'expected an event-number, a whole number, in each notification-event');
  const focus = parts
    .filter((each) => each['name'] === 'focus' || each['name'] === 'additional-context')
    .flatMap((each) => textOf(recordOf(each['valueReference'])?.['reference']) ?? []);
  return { number, focus };
}

/** R4 has no 64-bit integer, so the IG writes it as a text. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function parsed(body: Uint8Array): Json {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw unread('not-json', 'expected a FHIR resource as JSON in UTF-8');
  }
  const resource = recordOf(value);
  if (!resource) throw unread('no-resource', 'expected a FHIR resource');
  return resource;
}

const unread = (reason: string, expected: string): AdapterError => new AdapterError('protocol', reason, expected);

const recordOf = (value: unknown): Json | undefined => (isRecord(value) ? value : undefined);
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
