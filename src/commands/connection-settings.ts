/** What a connection is told, held to what its adapter asks for and to the bounds of a policy. */
import { policyProblems, type FieldError, type ManagedBy, type Policy } from '../domain/index.ts';
import { at, type FieldErrors } from './field-errors.ts';

export interface Settings {
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What commands know of an adapter. */
export interface InstalledAdapter {
  readonly managedBy: ManagedBy;
  /** Names of the secrets that it knows; which of them it needs may depend on the config, so that is its `objection`. */
  readonly secrets: readonly string[];
  readonly listsLocations: boolean;
  /** Its HISs send messages by themselves. */
  readonly tellsByItself: boolean;
  /** For whoever chooses one: contracts/schemas/adapter.schema.json, without its id. */
  readonly shown: object;
  /** What is wrong with `config`, by the adapter's own schema; pointers start with /config. Never quotes a value. */
  configProblems(config: Settings['config']): readonly FieldError[];
  /** What the adapter itself objects to in settings that fit its schema, a missing secret above all. Connects to nothing. */
  objection(settings: Settings): FieldError | undefined;
}

/** The adapters of this hub: a port, because adapters are found by whoever composes it. */
export interface AdapterCatalogue {
  readonly ids: readonly string[];
  find(id: string): InstalledAdapter | undefined;
}

/** Adds what is wrong to `errors`. Without an adapter only the policy is looked at. */
export function checkSettings(
  errors: FieldErrors,
  adapter: InstalledAdapter | undefined,
  settings: Settings,
  policy: Policy,
): void {
  const ofConfig = adapter?.configProblems(settings.config) ?? [];
  const objection = ofConfig.length === 0 ? adapter?.objection(settings) : undefined;
  const ofSecrets = adapter ? unknownSecrets(adapter, settings.secrets) : [];
  for (const { pointer, detail } of [...ofConfig, ...(objection ? [objection] : []), ...ofSecrets]) {
    errors.add(pointer, detail);
  }
  for (const { member, detail } of policyProblems(policy)) errors.add(at('/policy', member), detail);
}

function unknownSecrets(adapter: InstalledAdapter, secrets: Settings['secrets']): FieldError[] {
  const known = adapter.secrets.length === 0 ? 'this adapter has none' : `known are ${adapter.secrets.join(', ')}`;
  return Object.keys(secrets)
    .filter((name) => !adapter.secrets.includes(name))
    .map((name) => ({ pointer: at('/secrets', name), detail: `is not known here; ${known}` }));
}
