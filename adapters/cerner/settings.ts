/** What a connection to an Oracle Health Millennium domain is told, checked once when it is opened. */
import { isRecord, neededText, optionalText, settingMissing, type ConnectionSettings, type Mode } from '#adapter-kit';

export interface ServiceType {
  /** Absent: the code alone. Standard and proprietary codes may not be mixed in one search, so each is searched by itself. */
  readonly system: string | undefined;
  readonly code: string;
  readonly mode: Mode;
}

export interface CernerSettings {
  /** FHIR base with the tenant, e.g. https://fhir-ehr.cerner.com/r4/<tenant>; no slash at its end. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  readonly serviceTypes: readonly ServiceType[];
  /** Whose slots are offered. Empty: of all practitioners that are active. */
  readonly practitionerIds: readonly string[];
  readonly locationIds: readonly string[];
  /** Organization that assigns the record number of a new patient. */
  readonly organizationId: string;
  /** One code of the domain's own list; absent: cancelled without a reason. */
  readonly cancellationReason: { readonly system: string; readonly code: string } | undefined;
  readonly notProcessedStatuses: readonly number[];
}

export const DEFAULT_SCOPES = [
  'system/Appointment.read',
  'system/Appointment.write',
  'system/Location.read',
  'system/Patient.read',
  'system/Patient.write',
  'system/Practitioner.read',
  'system/Slot.read',
  'system/Slot.write',
] as const;

const text = { type: 'string', minLength: 1 } as const;
const zone = { type: 'string', format: 'iana-time-zone' } as const;
const texts = { type: 'array', items: text } as const;

/** JSON Schema of `config`. */
export const CONFIG_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: ['baseUrl', 'tokenUrl', 'clientId', 'serviceTypes', 'locationIds', 'organizationId', 'defaultTimeZone'],
  properties: {
    baseUrl: { ...text, format: 'uri', description: 'FHIR R4 base with the tenant: https://<host>/r4/<tenant>' },
    tokenUrl: {
      ...text,
      format: 'uri',
      description: 'https://authorization.cerner.com/tenants/<tenant>/protocols/oauth2/profiles/smart-v1/token',
    },
    clientId: { ...text, description: 'Client id of the system account' },
    scopes: { ...texts, description: 'Scopes to ask for. Default: what this adapter needs' },
    serviceTypes: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['code', 'mode'],
        properties: { system: text, code: text, mode: { enum: ['in-person', 'telemedicine'] } },
      },
      description: 'The appointment types that may be booked, and how patient and provider meet in each',
    },
    practitionerIds: { ...texts, description: 'Whose slots are offered. Default: of all active practitioners' },
    locationIds: { ...texts, minItems: 1, description: 'The locations whose slots are offered' },
    organizationId: { ...text, description: 'Organization that assigns the record number of a new patient' },
    cancellationReason: {
      type: 'object',
      additionalProperties: false,
      required: ['system', 'code'],
      properties: { system: text, code: text },
      description: 'The reason code of every cancellation. Default: none is sent',
    },
    defaultTimeZone: { ...zone, description: 'IANA zone of locations that do not say theirs' },
    notProcessedStatuses: {
      type: 'array',
      items: { type: 'integer', minimum: 400, maximum: 599 },
      description:
        'HTTP statuses of which this domain has proven that the request was not processed, e.g. 503. Default: none',
    },
  },
} as const;

export const SECRETS = ['clientSecret', 'pushSecret'] as const;

/** Throws AdapterError `misconfigured` that names the setting; never its value. */
export function settingsFrom({ config, secrets }: ConnectionSettings): CernerSettings {
  const scopes = textsIn(config, 'scopes');
  const reason = config['cancellationReason'];
  return {
    baseUrl: neededText(config, 'baseUrl').replace(/\/+$/, ''),
    tokenUrl: neededText(config, 'tokenUrl'),
    clientId: neededText(config, 'clientId'),
    clientSecret: neededText(secrets, 'clientSecret'),
    scopes: scopes.length > 0 ? scopes : DEFAULT_SCOPES,
    serviceTypes: filled('serviceTypes', list(config, 'serviceTypes').filter(isRecord)).map((each) => ({
      system: optionalText(each, 'system'),
      code: neededText(each, 'code'),
      mode: each['mode'] === 'telemedicine' ? 'telemedicine' : 'in-person',
    })),
    practitionerIds: textsIn(config, 'practitionerIds'),
    locationIds: filled('locationIds', textsIn(config, 'locationIds')),
    organizationId: neededText(config, 'organizationId'),
    cancellationReason: isRecord(reason)
      ? { system: neededText(reason, 'system'), code: neededText(reason, 'code') }
      : undefined,
    notProcessedStatuses: list(config, 'notProcessedStatuses').filter((each) => typeof each === 'number'),
  };
}

type Settings = Readonly<Record<string, unknown>>;

function list(settings: Settings, name: string): readonly unknown[] {
  const value = settings[name];
  return Array.isArray(value) ? value : [];
}

const textsIn = (settings: Settings, name: string): string[] =>
  list(settings, name).filter((each): each is string => typeof each === 'string' && each !== '');

function filled<Item>(name: string, items: readonly Item[]): readonly Item[] {
  if (items.length > 0) return items;
  throw settingMissing(name, 'must list at least one item');
}
