/** The installed adapters as commands see them (commands/connection-settings.ts): their config schemas compiled, their objections heard. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { AdapterError, assertCapabilities, type Adapter, type ConnectionSettings } from '../adapter-kit/index.ts';
import { isTimeZone, type FieldError } from '../domain/index.ts';
import { PUSH_SECRET_MIN } from './connection.ts';
import { endpointProblems } from './check-endpoints.ts';

/** Says a validator's errors to a person, each pointer below `prefix`; they carry the values, which must not be said. */
export type Explain = (errors: readonly ErrorObject[], prefix: string) => FieldError[];

/** Throws at start when an adapter's configSchema does not compile. */
export function adapterCatalogue(adapters: ReadonlyMap<string, Adapter>, explain: Explain) {
  const grammar = new Ajv2020();
  const entries = new Map([...adapters].map(([id, adapter]) => [id, entryOf(adapter, grammar, explain)]));
  return {
    ids: [...entries.keys()],
    find: (id: string) => entries.get(id),
  };
}

function entryOf(adapter: Adapter, grammar: Ajv2020, explain: Explain) {
  const { id, title, configSchema, managedBy, secrets, capabilities } = adapter.manifest;
  const validate = compile(id, configSchema, grammar);
  const listsLocations = capabilities.includes('ListsLocations');
  return {
    managedBy,
    secrets,
    listsLocations,
    shown: { title, managedBy, capabilities, configSchema, secrets, listsLocations },
    tellsByItself: capabilities.includes('ReceivesNotices'),
    configProblems: (config: ConnectionSettings['config']): FieldError[] =>
      validate(config) ? endpointProblems(config, configSchema, '/config') : explain(validate.errors ?? [], '/config'),
    objection: (settings: ConnectionSettings): FieldError | undefined => objectionOf(adapter, settings),
  };
}

/** `grammar` knows what a schema is; to learn that takes longer than to compile one. Each is by itself all the same: ids may be the same. */
function compile(id: string, configSchema: object, grammar: Ajv2020) {
  // An adapter of its own repository may use words that this version does not know: they do no harm.
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false, validateSchema: false });
  addFormats.default(ajv);
  ajv.addFormat('iana-time-zone', isTimeZone);
  try {
    void grammar.validateSchema(configSchema, true);
    return ajv.compile(configSchema);
  } catch (error) {
    throw new Error(`adapters/${id}: its configSchema is no JSON Schema 2020-12`, { cause: error });
  }
}

/** Opens a connector, which reads its settings, and closes it again: what a schema cannot say, the adapter can. */
function objectionOf(adapter: Adapter, settings: ConnectionSettings): FieldError | undefined {
  try {
    const connector = adapter.connect(settings);
    assertCapabilities(adapter.manifest, connector);
    // Nothing was called, so there is nothing that closing could fail to end.
    void connector.close().catch(() => undefined);
    const { pushSecret = '' } = settings.secrets;
    if (pushSecret === '' || pushSecret.length >= PUSH_SECRET_MIN) return undefined;
    return {
      pointer: '/secrets/pushSecret',
      detail: `expected at least ${PUSH_SECRET_MIN} characters, made at random`,
    };
  } catch (error) {
    if (!(error instanceof AdapterError && error.kind === 'misconfigured')) throw error;
    // By convention an adapter quotes the name of the setting that it objects to.
    const secret = adapter.manifest.secrets.find((name) => error.message.includes(`"${name}"`));
    return { pointer: secret === undefined ? '/config' : `/secrets/${secret}`, detail: error.message };
  }
}
