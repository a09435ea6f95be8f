/** What an XML HIS posts to the hub by itself, read as the profile's `pushes` say: which slots and appointments to look at. */
import { createHash } from 'node:crypto';
import {
  AdapterError,
  XmlRefused,
  decodeXml,
  isRecord,
  parseXml,
  type Pushed,
  type PushedChange,
  type ReceivedPush,
  type XmlValue,
} from '#adapter-kit';
import type { Push } from './profile.ts';
import type { XmlSettings } from './settings.ts';
import { SOAP_NAMESPACES } from './soap.ts';
import { textsAt, valuesAt } from './xml-path.ts';

/** Throws AdapterError protocol. */
export function receivePush({ profile }: XmlSettings, pushed: Pushed): ReceivedPush {
  if (profile.received.length === 0)
    throw new AdapterError(
      'misconfigured',
      'no-pushes',
      `profile ${profile.profile} has no pushes: nothing was expected`,
    );
  const { document, version } = readDocument(profile, pushed);
  for (const push of profile.received) {
    const path = profile.transport.kind === 'soap' ? `s:Envelope/s:Body/${push.message}` : push.message;
    const [message] = valuesAt(document, profile.names === 'local' ? path.replaceAll('s:', '') : path);
    if (message !== undefined) return received(push, message, pushed, version);
  }
  const known = profile.received.map((push) => push.message).join(', ');
  throw new AdapterError('protocol', 'unexpected-document', `expected one of ${known}, got another document`);
}

const KEY_MAX = 500;

type SoapVersion = keyof typeof SOAP_NAMESPACES;

function readDocument(profile: XmlSettings['profile'], { contentType = '', body }: Pushed) {
  const isSoap = profile.transport.kind === 'soap';
  try {
    const { text } = decodeXml(body, contentType, profile.charset);
    const document = parseXml(text, {
      namespaces: { ...profile.namespaces, ...(isSoap ? { s: Object.values(SOAP_NAMESPACES) } : {}) },
      names: profile.names ?? 'qualified',
      lists: profile.lists ?? [],
    });
    const version: SoapVersion = text.includes(SOAP_NAMESPACES['1.2']) ? '1.2' : '1.1';
    return { document, version: isSoap ? version : undefined };
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error;
    const reason = error.reason === 'malformed' ? 'unreadable-document' : `document-${error.reason}`;
    throw new AdapterError('protocol', reason, error.message);
  }
}

function received(push: Push, message: XmlValue, { body }: Pushed, version: SoapVersion | undefined): ReceivedPush {
  const keys = (push.key ?? []).flatMap((path) => textsAt(message, path));
  const key = keys.join('/');
  const isKeyed = push.key !== undefined && keys.length >= push.key.length && key.length <= KEY_MAX;
  const name = push.message.slice(push.message.lastIndexOf(':') + 1);
  const contentType = version === '1.2' ? 'application/soap+xml; charset=utf-8' : 'text/xml; charset=utf-8';
  const worded = (template: Push['stored']) => ({
    contentType,
    body: inVersion(template.render({ message: isRecord(message) ? byLocalName(message) : {} }), version),
  });
  return {
    messageId: `${name}/${isKeyed ? key : createHash('sha256').update(body).digest('hex').slice(0, 32)}`,
    changes: changesIn(push, message),
    acknowledge: (verdict) => (verdict === 'stored' ? worded(push.stored) : push.refused && worded(push.refused)),
  };
}

function changesIn({ slots = [], appointments = [], now, directory }: Push, message: XmlValue): PushedChange[] {
  const changes: PushedChange[] = [
    ...slots.flatMap((path) =>
      textsAt(message, path).map((externalId) => ({ kind: 'slot' as const, externalId, ...(now && { now }) })),
    ),
    ...appointments.flatMap((path) =>
      textsAt(message, path).map((externalId) => ({ kind: 'appointment' as const, externalId })),
    ),
    ...(directory ? [{ kind: 'directory' as const }] : []),
  ];
  return changes.length === 0 ? [{ kind: 'anything' }] : changes;
}

/** Templates name members as the HIS does, without the alias of their namespace. */
const byLocalName = (message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(message).flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name.slice(name.lastIndexOf(':') + 1), value]] : [],
    ),
  );

/** Whoever asks in SOAP 1.2 is answered in it, whatever the profile's own requests are written in. */
function inVersion(text: string, version: SoapVersion | undefined): string {
  if (version === undefined) return text;
  const other = version === '1.1' ? '1.2' : '1.1';
  return text.replace(SOAP_NAMESPACES[other], SOAP_NAMESPACES[version]);
}
