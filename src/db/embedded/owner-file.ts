import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseProcessRecord, type ProcessRecord } from './process-record.ts';

/** Who started the server that runs on a data directory, and where it listens. */
export interface Ownership {
  readonly owner: ProcessRecord;
  readonly server: ProcessRecord;
  readonly port: number;
}

const fileOf = (home: string): string => path.join(home, 'owner.json');

export function writeOwnership(home: string, ownership: Ownership): void {
  const whole = `${fileOf(home)}.new`;
  writeFileSync(whole, JSON.stringify(ownership), { mode: 0o600 });
  renameSync(whole, fileOf(home));
}

export function readOwnership(home: string): Ownership | undefined {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(fileOf(home), 'utf8'));
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null) return undefined;
  if (!('owner' in content) || !('server' in content) || !('port' in content)) return undefined;
  const owner = parseProcessRecord(content.owner);
  const server = parseProcessRecord(content.server);
  return owner && server && typeof content.port === 'number' ? { owner, server, port: content.port } : undefined;
}

/** Unless another process has started a server meanwhile, because this one had died. */
export function removeOwnership(home: string, server: ProcessRecord): void {
  if (readOwnership(home)?.server.mark === server.mark) rmSync(fileOf(home), { force: true });
}
