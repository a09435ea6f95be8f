/** What a connection to Template HIS is told. Source: where you learnt it, and when. */
import { AdapterError, type ConnectionSettings } from '#adapter-kit';

export interface TemplateSettings {
  /** No slash at its end. */
  readonly baseUrl: string;
  readonly apiKey: string;
}

/** JSON Schema of `config`; the hub refuses a connection that does not fit. */
export const CONFIG_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: ['baseUrl'],
  properties: {
    baseUrl: { type: 'string', format: 'uri', description: 'Address of the API, e.g. https://his.example/api/v1' },
  },
} as const;

/** Kept sealed, apart from the config. */
export const SECRETS = ['apiKey'] as const;

/** Throws AdapterError `misconfigured` that names the setting, never its value. */
export function settingsFrom({ config, secrets }: ConnectionSettings): TemplateSettings {
  return { baseUrl: needed(config, 'baseUrl').replace(/\/+$/, ''), apiKey: needed(secrets, 'apiKey') };
}

function needed(settings: Readonly<Record<string, unknown>>, name: string): string {
  const value = settings[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new AdapterError('misconfigured', 'setting-missing', `the setting "${name}" must be a text that is not empty`);
}
