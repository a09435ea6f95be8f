/** The sandbox's own client: made once per directory, so that a hub's stored secret outlives a restart of the simulator. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

export function credentialsIn(directory: string): Credentials {
  const path = join(directory, 'client.json');
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, JSON.stringify({ clientSecret: randomBytes(24).toString('base64url') }), { mode: 0o600 });
  }
  const { clientSecret } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  if (clientSecret === undefined) throw new Error(`${path} must hold clientSecret: delete it, and it is made anew`);
  return { clientId: '0f9e3ab2-5c4d-4f7e-8a61-7b2d9c1e5a30', clientSecret };
}
