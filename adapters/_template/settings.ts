/** What a connection to Template HIS is told. Source: where you learnt it, and when. */
import { neededText, type ConnectionSettings } from '#adapter-kit';

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
  return { baseUrl: neededText(config, 'baseUrl').replace(/\/+$/, ''), apiKey: neededText(secrets, 'apiKey') };
}
