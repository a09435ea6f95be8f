/** Profiles made for one test: a shipped one with some of its text changed, and a client that uses it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XmlClient } from '../../../adapters/xml-his/client.ts';
import { readProfile, type CompiledProfile } from '../../../adapters/xml-his/profile.ts';
import { settingsFrom } from '../../../adapters/xml-his/settings.ts';

const DIRECTORY = join(import.meta.dirname, '../../../adapters/xml-his/profiles');

export function changedProfile(name: string, change: (text: string) => string): CompiledProfile {
  const text = readFileSync(join(DIRECTORY, `${name}.yaml`), 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error('the change changed nothing');
  return readProfile(`profiles/${name}.yaml`, changed);
}

export function clientOf(profile: CompiledProfile, endpoint: string): XmlClient {
  const settings = settingsFrom({
    config: { profile: 'regional-soap', endpoint, timeZone: 'Europe/Moscow', username: 'hub', values: { idLpu: '27' } },
    secrets: { password: 'pass<word>' },
  });
  return new XmlClient({ ...settings, profile });
}
