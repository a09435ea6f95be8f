/**
 * What a site's integration engine posts of the domain's slots: notifications of the Subscriptions R5 Backport IG 1.1.0 for R4.
 * Millennium itself has no Subscription (vendor's documentation): this is what stands beside it, where something does.
 */
import { randomUUID } from 'node:crypto';
import type {
  BookChange,
  Content,
  PushMessage,
  PushWording,
  SimulatedHis,
  SimulatedSlot,
} from '#adapter-kit/simulator';
import { practitionerResource, slotResource } from './resources.ts';

const BASE = 'https://engine.example.org/fhir';
const SUBSCRIPTION = `${BASE}/Subscription/slots`;
const PROFILE = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription';

interface Changed {
  readonly reference: string;
  readonly resource: object;
}

export function notificationsOf(his: SimulatedHis): PushWording {
  let count = 0;
  return {
    begin: () => [notification('handshake', count, 'empty')],
    after: (change, content) =>
      changedBy(his, change).map((changed) => {
        count += 1;
        return notification('event-notification', count, content, changed);
      }),
  };
}

function changedBy(his: SimulatedHis, change: BookChange): Changed[] {
  const slot = (slotId: string): Changed[] => {
    const found = his.book.slot(slotId);
    return found ? [ofSlot(his, found)] : [];
  };
  switch (change.type) {
    case 'appointment': {
      const slots = [change.before?.slot.id, change.appointment.slot.id];
      return [...new Set(slots)].flatMap((id) => (id === undefined ? [] : slot(id)));
    }
    case 'blocked':
    case 'unblocked':
      return slot(change.slotId);
    case 'slot-added':
      return slot(change.slot.id);
    case 'provider':
      return [{ reference: `Practitioner/${change.provider.id}`, resource: practitionerResource(change.provider) }];
    // What disappears without a word: quirk G5. People are nobody's slot.
    case 'slot-removed':
    case 'patient':
      return [];
    default:
      return change satisfies never;
  }
}

const ofSlot = (his: SimulatedHis, slot: SimulatedSlot): Changed => ({
  reference: `Slot/${slot.id}`,
  resource: slotResource(slot, his.book.stateOf(slot) === 'free' ? 'free' : 'busy', '0'),
});

function notification(type: string, count: number, content: Content, changed?: Changed): PushMessage {
  const url = changed && `${BASE}/${changed.reference}`;
  const event = {
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(count) },
      { name: 'timestamp', valueInstant: new Date().toISOString() },
      ...(url !== undefined && content !== 'empty' ? [{ name: 'focus', valueReference: { reference: url } }] : []),
    ],
  };
  const status = {
    resourceType: 'Parameters',
    meta: { profile: [`${PROFILE}-status-r4`] },
    parameter: [
      { name: 'subscription', valueReference: { reference: SUBSCRIPTION } },
      { name: 'topic', valueCanonical: 'http://engine.example.org/SubscriptionTopic/slot-change' },
      { name: 'status', valueCode: type === 'handshake' ? 'requested' : 'active' },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(count) },
      ...(changed ? [event] : []),
    ],
  };
  const bundle = {
    resourceType: 'Bundle',
    meta: { profile: [`${PROFILE}-notification-r4`] },
    type: 'history',
    timestamp: new Date().toISOString(),
    entry: [
      {
        fullUrl: `urn:uuid:${randomUUID()}`,
        resource: status,
        request: { method: 'GET', url: `${SUBSCRIPTION}/$status` },
        response: { status: '200' },
      },
      ...(url !== undefined && content !== 'empty'
        ? [
            {
              fullUrl: url,
              ...(content === 'full-resource' && { resource: changed?.resource }),
              request: { method: 'PUT', url },
              response: { status: '200' },
            },
          ]
        : []),
    ],
  };
  return { contentType: 'application/fhir+json', body: JSON.stringify(bundle) };
}
