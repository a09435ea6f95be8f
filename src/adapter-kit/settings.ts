/** Reads what a connection is told. `settings` is its config, its secrets, or an object inside the config. */
import { AdapterError } from './adapter-error.ts';

type Settings = Readonly<Record<string, unknown>>;

/** The text of a setting, never empty. Throws AdapterError `misconfigured` that names the setting, never its value. */
export function neededText(settings: Settings, name: string): string {
  const value = optionalText(settings, name);
  if (value === undefined) throw settingMissing(name, 'must be a text that is not empty');
  return value;
}

/** The text of a setting; undefined when there is none, it is empty, or no text. */
export function optionalText(settings: Settings, name: string): string | undefined {
  const value = settings[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * The AdapterError `misconfigured`, to be thrown, for a setting that is not what is `expected`, such as "must be a URL". Names the
 * setting: leave its value out of `expected`.
 */
export const settingMissing = (name: string, expected: string): AdapterError =>
  new AdapterError('misconfigured', 'setting-missing', `the setting "${name}" ${expected}`);
