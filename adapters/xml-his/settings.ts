/** What a connection to an XML HIS is told, checked once when it is opened. */
import { isRecord, neededText, settingMissing, type ConnectionSettings } from '#adapter-kit';
import { loadProfile, profileNames, type CompiledProfile } from './profile.ts';

export interface XmlSettings {
  readonly profile: CompiledProfile;
  /** Of a SOAP service its address; of REST what every operation's path is added to. */
  readonly endpoint: string;
  /** Zone of times that have none, where the location has no zone of its own. */
  readonly timeZone: string;
  /** IANA zone by the location's key. */
  readonly timeZones: Readonly<Record<string, string>>;
  /** For a HIS that cannot list its locations. */
  readonly locations: readonly { readonly externalId: string; readonly name: string }[];
  /** Named values for the templates, e.g. idLpu: `{{site.idLpu}}`. */
  readonly values: Readonly<Record<string, string>>;
  readonly username: string;
  readonly password: string;
  readonly notProcessedStatuses: readonly number[];
}

const text = { type: 'string', minLength: 1 } as const;
const zone = { type: 'string', format: 'iana-time-zone' } as const;

/** JSON Schema of `config`. */
export const CONFIG_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: ['profile', 'endpoint', 'timeZone'],
  properties: {
    profile: { enum: profileNames(), description: 'Which kind of HIS it is: a file of adapters/xml-his/profiles' },
    endpoint: {
      ...text,
      format: 'uri',
      description: 'Of a SOAP service its address; of REST the address that operations are added to',
    },
    timeZone: { ...zone, description: 'IANA zone of times that come without one' },
    timeZones: { type: 'object', additionalProperties: zone, description: 'IANA zone by location, where they differ' },
    locations: {
      type: 'array',
      description: 'For a HIS that cannot list its locations',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['externalId', 'name'],
        properties: { externalId: text, name: text },
      },
    },
    values: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Named values of the profile, e.g. the ids of the organisation',
    },
    username: { ...text, description: 'For basic authentication and username tokens' },
    notProcessedStatuses: {
      type: 'array',
      items: { enum: [429, 503] },
      description:
        'HTTP statuses of which the site has promised that the request was not processed; a booking is then sent again',
    },
  },
} as const;

export const SECRETS = ['password', 'pushSecret'];

/** Throws AdapterError misconfigured. */
export function settingsFrom({ config, secrets }: ConnectionSettings): XmlSettings {
  const endpoint = neededText(config, 'endpoint');
  if (!URL.canParse(endpoint)) throw settingMissing('endpoint', 'must be a URL');
  return {
    profile: loadProfile(neededText(config, 'profile')),
    endpoint,
    timeZone: neededText(config, 'timeZone'),
    timeZones: texts(config['timeZones']),
    locations: list(config['locations']).map((each) => ({
      externalId: neededText(each, 'externalId'),
      name: neededText(each, 'name'),
    })),
    values: texts(config['values']),
    username: typeof config['username'] === 'string' ? config['username'] : '',
    password: neededText(secrets, 'password'),
    notProcessedStatuses: Array.isArray(config['notProcessedStatuses'])
      ? config['notProcessedStatuses'].filter((each) => typeof each === 'number')
      : [],
  };
}

type Settings = Readonly<Record<string, unknown>>;

function texts(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

const list = (value: unknown): Settings[] => (Array.isArray(value) ? value.filter(isRecord) : []);
