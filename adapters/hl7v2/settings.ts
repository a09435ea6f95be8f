/** What a connection to an HL7 v2 interface is told, checked once when it is opened. */
import { isRecord, neededText, optionalText, type ConnectionSettings, type MllpTls } from '#adapter-kit';

export interface Hl7Settings {
  readonly host: string;
  readonly port: number;
  readonly tls: MllpTls | undefined;
  /** The HIS, as its messages name it in MSH-3 and MSH-4. */
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  /** The hub, as messages to it name it in MSH-5 and MSH-6; also the authority of the keys that the hub gives. */
  readonly receivingApplication: string;
  readonly receivingFacility: string;
  /** MSH-11 and MSH-12: some receivers reject every other value. */
  readonly processingId: string;
  readonly version: string;
  readonly enhanced: boolean;
  readonly connections: number;
  readonly ackTimeoutMs: number;
  /** The HIS tells by itself what becomes of appointments that the hub made. */
  readonly feed: boolean;
  /** The HIS answers SQM^S25 about single appointments. */
  readonly query: boolean;
  /** IANA zone of times without offset, where the place does not say another. */
  readonly defaultTimeZone: string;
  readonly locations: ReadonlyMap<string, { readonly name: string | undefined; readonly timeZone: string }>;
  /** Length of a slot, where open time comes in longer stretches or without an end. */
  readonly slotMinutes: number;
}

const text = { type: 'string', minLength: 1 } as const;
const zone = { type: 'string', format: 'iana-time-zone' } as const;

/** JSON Schema of `config`. */
export const CONFIG_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: ['host', 'port', 'sendingApplication', 'sendingFacility', 'defaultTimeZone'],
  properties: {
    host: { ...text, description: 'Where the HIS listens for MLLP' },
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    tls: { type: 'boolean', description: 'MLLP over TLS; certificates are secrets. Default: no' },
    serverName: { ...text, description: 'Name in the HIS certificate, where it is not the host' },
    sendingApplication: { ...text, description: 'MSH-3 of the HIS' },
    sendingFacility: { ...text, description: 'MSH-4 of the HIS' },
    receivingApplication: { ...text, description: 'MSH-5 of its messages to the hub. Default: TESSERA' },
    receivingFacility: { ...text, description: 'MSH-6 of its messages to the hub. Default: TESSERA' },
    processingId: { enum: ['P', 'T', 'D'], description: 'MSH-11. Default: P' },
    version: { ...text, description: 'MSH-12. Default: 2.5.1' },
    acknowledgement: { enum: ['original', 'enhanced'], description: 'How the HIS acknowledges. Default: original' },
    connections: {
      type: 'integer',
      minimum: 1,
      maximum: 32,
      description: 'Connections to the HIS at once. Default: 1',
    },
    ackTimeoutMs: { type: 'integer', minimum: 100, maximum: 600000, description: 'Default: 30000' },
    feed: { type: 'boolean', description: 'The HIS sends SIU for appointments that the hub made. Default: yes' },
    query: { type: 'boolean', description: 'The HIS answers SQM^S25 about single appointments (rare). Default: no' },
    defaultTimeZone: { ...zone, description: 'IANA zone of times without offset' },
    locations: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['externalId', 'timeZone'],
        properties: { externalId: text, name: text, timeZone: zone },
      },
      description: 'Places (AIL-3.1) whose zone is another, or whose name the feed does not tell',
    },
    slotMinutes: { type: 'integer', minimum: 5, maximum: 480, description: 'Length of a slot. Default: 30' },
  },
} as const;

/** PEM; only with TLS. */
export const SECRETS = ['tlsCa', 'tlsCertificate', 'tlsKey'] as const;

type Config = Readonly<Record<string, unknown>>;

/** Throws AdapterError `misconfigured` that names the setting; never its value. */
export function settingsFrom({ config, secrets }: ConnectionSettings): Hl7Settings {
  return {
    host: neededText(config, 'host'),
    port: numberOf(config, 'port', 0),
    tls: config['tls'] === true ? tlsFrom(config, secrets) : undefined,
    sendingApplication: neededText(config, 'sendingApplication'),
    sendingFacility: neededText(config, 'sendingFacility'),
    receivingApplication: optionalText(config, 'receivingApplication') ?? 'TESSERA',
    receivingFacility: optionalText(config, 'receivingFacility') ?? 'TESSERA',
    processingId: optionalText(config, 'processingId') ?? 'P',
    version: optionalText(config, 'version') ?? '2.5.1',
    enhanced: config['acknowledgement'] === 'enhanced',
    connections: numberOf(config, 'connections', 1),
    ackTimeoutMs: numberOf(config, 'ackTimeoutMs', 30_000),
    feed: config['feed'] !== false,
    query: config['query'] === true,
    defaultTimeZone: neededText(config, 'defaultTimeZone'),
    locations: locationsFrom(config['locations']),
    slotMinutes: numberOf(config, 'slotMinutes', 30),
  };
}

function tlsFrom(config: Config, secrets: Readonly<Record<string, string>>): MllpTls {
  const { tlsCa: ca, tlsCertificate: cert, tlsKey: key } = secrets;
  const serverName = optionalText(config, 'serverName');
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(serverName && { serverName }) };
}

function locationsFrom(listed: unknown): Hl7Settings['locations'] {
  const locations = new Map<string, { name: string | undefined; timeZone: string }>();
  for (const each of Array.isArray(listed) ? listed.filter(isRecord) : []) {
    locations.set(neededText(each, 'externalId'), {
      name: optionalText(each, 'name'),
      timeZone: neededText(each, 'timeZone'),
    });
  }
  return locations;
}

function numberOf(config: Config, name: string, fallback: number): number {
  const value = config[name];
  return typeof value === 'number' ? value : fallback;
}
