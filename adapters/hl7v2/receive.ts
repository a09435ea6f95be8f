/** What the HIS tells by itself: SIU (appointments and open time), ADT (patients), MFN (staff and places), and answers that come late. */
import {
  AdapterError,
  readAck,
  readHl7,
  type Call,
  type FoundLocation,
  type FoundProvider,
  type Hl7Message,
  type Notice,
  type ReceivedMessage,
} from '#adapter-kit';
import { classify } from './classify.ts';
import { acknowledge, faultOf } from './faults.ts';
import { heardIn, toldAt, type HeardInFull } from './heard.ts';
import { peopleNotices } from './people.ts';
import type { Hl7Settings } from './settings.ts';
import { slotKey } from './slot-key.ts';

/** The trigger says what happened; SCH-25 is free text at many a sender, and contradicts it. */
const EVENTS: Readonly<Record<string, 'booked' | 'moved' | 'modified' | 'cancelled' | 'noshow'>> = {
  S12: 'booked',
  S13: 'moved',
  S14: 'modified',
  S15: 'cancelled',
  // Discontinued, deleted: for the hub the appointment is over.
  S16: 'cancelled',
  S17: 'cancelled',
  S18: 'modified',
  S19: 'modified',
  S20: 'modified',
  S21: 'modified',
  S22: 'modified',
  S26: 'noshow',
};

/** Undefined: not from this HIS, or no message at all. */
export function receive(settings: Hl7Settings, call: Call, bytes: Uint8Array): ReceivedMessage | undefined {
  const message = readOrNot(bytes);
  if (message === undefined || !isOurs(settings, message)) return undefined;
  const fault = faultOf(settings, message);
  let notices: readonly Notice[] | undefined;
  return {
    messageId: message.controlId === '' ? `none/${message.get('MSH-7') ?? ''}` : message.controlId,
    kind: `${message.type}^${message.event}`,
    fault: fault && { kind: fault.kind, code: fault.code, detail: fault.detail },
    get notices() {
      return (notices ??= noticesIn(settings, call, message));
    },
    acknowledge: (verdict) => acknowledge(message, verdict, fault, call.now()),
  };
}

/** The same bytes are shown to the connection of every HIS that may have sent them: read once. */
const alreadyRead = new WeakMap<Uint8Array, { readonly message: Hl7Message | undefined }>();

function readOrNot(bytes: Uint8Array): Hl7Message | undefined {
  const known = alreadyRead.get(bytes);
  if (known) return known.message;
  const message = readAnew(bytes);
  alreadyRead.set(bytes, { message });
  return message;
}

function readAnew(bytes: Uint8Array): Hl7Message | undefined {
  try {
    return readHl7(bytes);
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}

const isOurs = ({ sendingApplication, sendingFacility }: Hl7Settings, message: Hl7Message): boolean =>
  message.get('MSH-3') === sendingApplication && message.get('MSH-4') === sendingFacility;

/** Structure names in MSH-9.3 are wrong or missing too often to be read. */
function noticesIn(settings: Hl7Settings, call: Call, message: Hl7Message): Notice[] {
  const at = toldAt(settings, message, call.now());
  switch (message.type) {
    case 'SIU':
      return schedulingNotices(settings, call, message, at);
    case 'ADT':
      return peopleNotices(settings, call, message);
    case 'MFN':
      return directoryNotices(settings, call, message, at);
    case 'SRR':
    case 'ACK':
      return lateAnswer(settings, call, message, at);
    default:
      return [];
  }
}

function schedulingNotices(settings: Hl7Settings, call: Call, message: Hl7Message, at: string): Notice[] {
  const heard = heardIn(settings, call, message);
  const mentions = mentionedIn(settings, heard, at);
  if (message.event === 'S23') return [...mentions, ...blocked(heard, at)];
  if (message.event === 'S24') return [...mentions, ...opened(settings, heard, at)];
  const event = EVENTS[message.event];
  return event === undefined ? [] : [...mentions, appointmentNotice(heard, event, at)];
}

function appointmentNotice(heard: HeardInFull, event: (typeof EVENTS)[string], at: string): Notice {
  const { externalId, placerId, patientExternalId } = heard;
  if (externalId === undefined)
    throw new AdapterError('protocol', 'no-appointment-key', 'expected a key in SCH-2 or SCH-1');
  const time = timeOf(heard);
  return {
    kind: 'appointment',
    at,
    event,
    externalId,
    ...(placerId !== undefined && { transactionId: placerId }),
    ...(patientExternalId !== undefined && { patientExternalId }),
    ...(time && { time }),
  };
}

function timeOf({ provider, start, end }: HeardInFull) {
  if (provider === undefined || start === undefined || end === undefined) return undefined;
  return { providerExternalId: provider.id, start, end };
}

function blocked(heard: HeardInFull, at: string): Notice[] {
  const time = timeOf(heard);
  if (time === undefined) return [];
  return [
    {
      kind: 'slot',
      at,
      status: 'busy',
      externalId: heard.externalId ?? slotKey(time.providerExternalId, time.start),
      time,
    },
  ];
}

/** Open time may be one slot, or a morning: it is cut into slots. What is left over at its end is too short for one. */
function opened({ slotMinutes }: Hl7Settings, heard: HeardInFull, at: string): Notice[] {
  const time = timeOf(heard);
  if (time === undefined || heard.location === undefined) return [];
  const { mode, service, location } = heard;
  const [startMs, endMs] = [Date.parse(time.start), Date.parse(time.end)];
  const lengthMs = Math.min(slotMinutes * 60_000, endMs - startMs);
  const notices: Notice[] = [];
  for (let from = startMs; from + lengthMs <= endMs; from += lengthMs) {
    const start = new Date(from).toISOString();
    const end = new Date(from + lengthMs).toISOString();
    const details = service === undefined ? {} : { details: { service } };
    const slot = {
      providerExternalId: time.providerExternalId,
      locationExternalId: location.id,
      start,
      end,
      mode,
      ...details,
    };
    notices.push({
      kind: 'slot',
      at,
      status: 'free',
      slot: { externalId: slotKey(time.providerExternalId, start), ...slot },
    });
  }
  return notices;
}

/** People and places named in passing, for a HIS without master files. */
function mentionedIn(settings: Hl7Settings, { provider, location }: HeardInFull, at: string): Notice[] {
  const notices: Notice[] = [];
  if (location) {
    const timeZone = settings.locations.get(location.id)?.timeZone ?? settings.defaultTimeZone;
    notices.push({
      kind: 'location',
      at,
      mentioned: true,
      location: { externalId: location.id, name: location.name, timeZone },
    });
  }
  if (provider) {
    const { id, family, given, prefix } = provider;
    const named = { externalId: id, name: { family, given, ...(prefix !== undefined && { prefix }) } };
    const workplaces = location ? { locationExternalIds: [location.id] } : {};
    notices.push({ kind: 'provider', at, mentioned: true, provider: { ...named, ...workplaces } });
  }
  return notices;
}

function directoryNotices(settings: Hl7Settings, call: Call, message: Hl7Message, at: string): Notice[] {
  const tree = message.toTree();
  if (message.event === 'M02') {
    // Held to contract his-provider by the mapping.
    const providers = call.map('provider', tree) as readonly FoundProvider[];
    return providers.map((provider) => ({ kind: 'provider', at, provider }));
  }
  if (message.event !== 'M05') return [];
  const locations = call.map('location', tree) as readonly FoundLocation[];
  return locations.map((location) => {
    const known = settings.locations.get(location.externalId);
    const timeZone = known?.timeZone ?? settings.defaultTimeZone;
    return { kind: 'location', at, location: { ...location, name: known?.name ?? location.name, timeZone } };
  });
}

/** An application acknowledgement that the HIS sends on a connection of its own, after CA. */
function lateAnswer(settings: Hl7Settings, call: Call, message: Hl7Message, at: string): Notice[] {
  const ack = readAck(message);
  if (ack === undefined || ack.controlId === '' || ack.code.startsWith('C')) return [];
  if (ack.code !== 'AA') return [{ kind: 'answer', at, answers: ack.controlId, refusal: classify(ack, 'book') }];
  if (message.segments('SCH').length === 0) return [];
  const heard = heardIn(settings, call, message);
  const isOver = heard.status === 'cancelled' || heard.status === 'entered-in-error';
  return [appointmentNotice(heard, isOver ? 'cancelled' : 'booked', at)];
}
