/** What an SCH says, with its times made instants: the mappings `heard` and `found` give the texts, zones are settings. */
import { dtmInstant, parseDtm, type Call, type Hl7Message } from '#adapter-kit';
import type { Hl7Settings } from './settings.ts';

export interface Heard {
  /** The HIS's key of the appointment; undefined where the message has none. */
  readonly externalId: string | undefined;
  readonly placerId: string | undefined;
  readonly status: string;
  /** RFC 3339 instants; undefined where the message does not say, or not understandably. */
  readonly start: string | undefined;
  readonly end: string | undefined;
}

export interface HeardInFull extends Heard {
  readonly patientExternalId: string | undefined;
  readonly provider:
    | { readonly id: string; readonly family: string; readonly given: string[]; readonly prefix: string | undefined }
    | undefined;
  readonly location: { readonly id: string; readonly name: string } | undefined;
  readonly service: string | undefined;
  readonly mode: 'in-person' | 'telemedicine';
}

type Texts = Readonly<Record<string, unknown>>;

/** The one appointment (or stretch of time) that an SIU or SRR is about. */
export function heardIn(settings: Hl7Settings, call: Call, message: Hl7Message): HeardInFull {
  const texts = asTexts(call.map('heard', message.toTree()));
  const locationId = textOf(texts, 'locationId');
  const providerId = textOf(texts, 'providerId');
  const given = textOf(texts, 'providerGiven');
  const known = locationId === undefined ? undefined : settings.locations.get(locationId);
  return {
    ...read(texts, known?.timeZone ?? settings.defaultTimeZone, settings),
    patientExternalId: patientIn(texts, settings),
    provider:
      providerId === undefined
        ? undefined
        : {
            id: providerId,
            family: textOf(texts, 'providerFamily') ?? providerId,
            given: given === undefined ? [] : [given],
            prefix: textOf(texts, 'providerPrefix'),
          },
    location:
      locationId === undefined
        ? undefined
        : { id: locationId, name: known?.name ?? textOf(texts, 'locationName') ?? locationId },
    service: textOf(texts, 'service'),
    mode: texts['mode'] === 'telemedicine' ? 'telemedicine' : 'in-person',
  };
}

export interface Shown extends Heard {
  readonly providerExternalId: string | undefined;
}

/** The appointments in the answer to a query. */
export function appointmentsIn(settings: Hl7Settings, call: Call, message: Hl7Message, timeZone: string): Shown[] {
  const found = call.map('found', message.toTree());
  const providers = providersIn(message);
  return (Array.isArray(found) ? found : []).map((each, nth) => ({
    ...read(asTexts(each), timeZone, settings),
    providerExternalId: providers[nth],
  }));
}

/** Of each SCH the first provider that follows it: a tree groups by PID and RGS, not by SCH. */
function providersIn(message: Hl7Message): (string | undefined)[] {
  const providers: (string | undefined)[] = [];
  for (const segment of message.segments()) {
    if (segment.id === 'SCH') providers.push(undefined);
    const isProvider = segment.id === 'AIP' || segment.id === 'AIG';
    if (isProvider && providers.length > 0) providers[providers.length - 1] ??= segment.value(3) ?? undefined;
  }
  return providers;
}

/** The moment of what the message tells, in the first of `paths` that has one, else in MSH-7; `now` where none has an hour. */
export function toldAt(settings: Hl7Settings, message: Hl7Message, now: number, ...paths: readonly string[]): string {
  for (const path of [...paths, 'MSH-7']) {
    const at = instantOf(message.get(path) ?? undefined, settings.defaultTimeZone);
    if (at !== undefined) return at;
  }
  return new Date(now).toISOString();
}

function read(texts: Texts, timeZone: string, { slotMinutes }: Hl7Settings): Heard {
  const start = instantOf(textOf(texts, 'start'), timeZone);
  const written = instantOf(textOf(texts, 'end'), timeZone);
  const minutes = minutesIn(texts) ?? slotMinutes;
  return {
    externalId: textOf(texts, 'externalId'),
    placerId: textOf(texts, 'placerId'),
    status: textOf(texts, 'status') ?? 'unknown',
    start,
    end: endOf(start, written, minutes),
  };
}

/** An end that is missing, or before the start, or days after it (both are sent), is what the duration says. */
function endOf(start: string | undefined, written: string | undefined, minutes: number): string | undefined {
  if (start === undefined) return undefined;
  const startMs = Date.parse(start);
  const lengthMs = written === undefined ? 0 : Date.parse(written) - startMs;
  const isSound = lengthMs > 0 && lengthMs <= DAY_MS;
  return new Date(startMs + (isSound ? lengthMs : minutes * 60_000)).toISOString();
}

const DAY_MS = 24 * 3_600_000;

/** Of a local time that the clocks skip nobody can say when it is; one that they show twice is the first. */
function instantOf(text: string | undefined, timeZone: string): string | undefined {
  const dtm = text === undefined ? undefined : parseDtm(text.trim());
  if (dtm === undefined) return undefined;
  const instant = dtmInstant(dtm, timeZone);
  return instant.kind === 'instant' ? new Date(instant.epochMs).toISOString() : undefined;
}

const MINUTES_OF: Readonly<Record<string, number>> = { second: 1 / 60, minute: 1, hour: 60 };

function minutesIn(texts: Texts): number | undefined {
  const duration = textOf(texts, 'duration');
  if (duration === undefined || !/^\d{1,5}$/.test(duration)) return undefined;
  const minutes = Number(duration) * (MINUTES_OF[textOf(texts, 'unit') ?? 'minute'] ?? 1);
  return minutes > 0 ? minutes : undefined;
}

/** By the key that the hub gave, when the HIS repeats it; else by the first it has. */
function patientIn(texts: Texts, { receivingApplication }: Hl7Settings): string | undefined {
  const identifiers = Array.isArray(texts['patients']) ? texts['patients'].map(asTexts) : [];
  const ours = identifiers.find((each) => textOf(each, 'authority') === receivingApplication);
  const chosen = ours ?? identifiers[0];
  return chosen && textOf(chosen, 'value');
}

function textOf(texts: Texts, name: string): string | undefined {
  const value = texts[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const asTexts = (value: unknown): Texts =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
