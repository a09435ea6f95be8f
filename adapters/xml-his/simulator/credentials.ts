/** The sandbox's own password: made once per directory, so that a hub's stored secrets outlive a restart of the simulator. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function passwordIn(directory: string): string {
  const path = join(directory, 'password.txt');
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, randomUUID(), { mode: 0o600 });
  }
  return readFileSync(path, 'utf8').trim();
}
