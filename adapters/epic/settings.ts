/** What a connection to an Epic site is told, checked once when it is opened. */
import { createPrivateKey } from 'node:crypto';
import {
  AdapterError,
  isRecord,
  neededText,
  optionalText,
  settingMissing,
  type ConnectionSettings,
  type Mode,
} from '#adapter-kit';

export interface VisitType {
  readonly system: string;
  readonly code: string;
  readonly mode: Mode;
}

export interface EpicSettings {
  /** Interconnect host and instance, e.g. https://host/interconnect-prd-fhir; no slash at its end. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly keyId: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** Identifier system of the contact serial number: the key by which the services know an appointment. */
  readonly csnSystem: string;
  readonly visitTypes: readonly VisitType[];
  /** Whose PractitionerRoles are listed as providers. */
  readonly specialties: readonly { readonly system: string; readonly code: string }[];
  /** $find needs a patient even when nobody in particular is looking. */
  readonly probePatientId: string;
  readonly notProcessedStatuses: readonly number[];
  /** Undefined without a licence for the proprietary services: then nothing can be cancelled. */
  readonly interconnect: InterconnectSettings | undefined;
}

export interface InterconnectSettings {
  readonly user: string;
  readonly password: string;
  readonly userIdType: string;
  /** How patients are named: `FHIR` by their FHIR id, else by their identifier in `patientIdSystem`. */
  readonly patientIdType: string;
  readonly patientIdSystem: string | undefined;
}

const text = { type: 'string', minLength: 1 } as const;
const zone = { type: 'string', format: 'iana-time-zone' } as const;
const coding = { system: text, code: text } as const;

/** JSON Schema of `config`. `minLength` and `format` are what a form needs; the rest is checked by the site itself. */
export const CONFIG_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: [
    'baseUrl',
    'clientId',
    'keyId',
    'csnSystem',
    'visitTypes',
    'specialties',
    'probePatientId',
    'defaultTimeZone',
  ],
  properties: {
    baseUrl: { ...text, format: 'uri', description: 'Interconnect host and instance, without /api' },
    tokenUrl: { ...text, format: 'uri', description: 'Default: baseUrl/oauth2/token' },
    clientId: { ...text, description: 'Client id of the app; non-production and production ids differ' },
    keyId: { ...text, description: 'kid under which the public key is registered' },
    csnSystem: {
      ...text,
      description: 'Identifier system of the CSN, urn:oid:1.2.840.114350.1.13.<env>.1.7.3.698084.8',
    },
    visitTypes: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['system', 'code', 'mode'],
        properties: { ...coding, mode: { enum: ['in-person', 'telemedicine'] } },
      },
      description: 'The visit types that may be booked, and how patient and provider meet in each',
    },
    specialties: {
      type: 'array',
      minItems: 1,
      items: { type: 'object', additionalProperties: false, required: ['system', 'code'], properties: coding },
      description: 'Whose providers are listed',
    },
    probePatientId: { ...text, description: 'FHIR id of a test patient, for slot searches of nobody in particular' },
    defaultTimeZone: { ...zone, description: 'IANA zone of locations that do not say theirs' },
    notProcessedStatuses: {
      type: 'array',
      items: { type: 'integer', minimum: 400, maximum: 599 },
      description:
        'HTTP statuses of which this site has proven that the request was not processed, e.g. 429. Default: none',
    },
    interconnect: {
      type: 'object',
      additionalProperties: false,
      required: ['user'],
      properties: {
        user: text,
        userIdType: { ...text, description: 'Default: External' },
        patientIdType: { ...text, description: 'Default: FHIR' },
        patientIdSystem: { ...text, description: 'Identifier system of that type; needed for other types than FHIR' },
      },
      description: 'The proprietary scheduling services, where licensed; needed to cancel',
    },
  },
} as const;

export const SECRETS = ['privateKey', 'interconnectPassword'] as const;

/** Throws AdapterError `misconfigured` that names the setting; never its value. */
export function settingsFrom({ config, secrets }: ConnectionSettings): EpicSettings {
  const baseUrl = neededText(config, 'baseUrl').replace(/\/+$/, '');
  const interconnect = config['interconnect'];
  return {
    baseUrl,
    tokenUrl: optionalText(config, 'tokenUrl') ?? `${baseUrl}/oauth2/token`,
    clientId: neededText(config, 'clientId'),
    keyId: neededText(config, 'keyId'),
    privateKey: rsaKey(secrets),
    csnSystem: neededText(config, 'csnSystem'),
    visitTypes: codings(config, 'visitTypes').map((each) => ({
      system: neededText(each, 'system'),
      code: neededText(each, 'code'),
      mode: each['mode'] === 'telemedicine' ? 'telemedicine' : 'in-person',
    })),
    specialties: codings(config, 'specialties').map((each) => ({
      system: neededText(each, 'system'),
      code: neededText(each, 'code'),
    })),
    probePatientId: neededText(config, 'probePatientId'),
    notProcessedStatuses: list(config, 'notProcessedStatuses').filter((each) => typeof each === 'number'),
    interconnect: isRecord(interconnect)
      ? {
          user: neededText(interconnect, 'user'),
          password: neededText(secrets, 'interconnectPassword'),
          userIdType: optionalText(interconnect, 'userIdType') ?? 'External',
          patientIdType: optionalText(interconnect, 'patientIdType') ?? 'FHIR',
          patientIdSystem: optionalText(interconnect, 'patientIdSystem'),
        }
      : undefined,
  };
}

type Settings = Readonly<Record<string, unknown>>;

/** Read once here, so that who enters it hears of it. */
function rsaKey(secrets: Settings): string {
  const pem = neededText(secrets, 'privateKey');
  try {
    if (pem.includes('BEGIN PRIVATE KEY') && createPrivateKey(pem).asymmetricKeyType === 'rsa') return pem;
  } catch {
    // What the library says of a key may quote it.
  }
  throw new AdapterError(
    'misconfigured',
    'private-key',
    'the secret "privateKey" must be an RSA key in PKCS #8 PEM (BEGIN PRIVATE KEY)',
  );
}

function list(settings: Settings, name: string): readonly unknown[] {
  const value = settings[name];
  return Array.isArray(value) ? value : [];
}

function codings(settings: Settings, name: string): Settings[] {
  const found = list(settings, name).filter(isRecord);
  if (found.length === 0) throw settingMissing(name, 'must list at least one coding');
  return found;
}
