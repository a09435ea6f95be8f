import { afterEach, beforeEach, expect } from '@jest/globals';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EmbeddedPostgresOptions } from '../../../src/db/embedded/index.ts';
import { until } from '../../../src/db/embedded/until.ts';
import { holdServer, processesOf, type HeldServer, type HoldOptions } from './held-server.ts';

export interface ServerDirectory {
  /** Exists, empty. */
  readonly parent: string;
  /** Below `parent`; does not exist yet. */
  readonly dataDir: string;
  readonly options: EmbeddedPostgresOptions;
  /** A program with a server on `dataDir`; killed after the test. */
  hold(options?: HoldOptions): Promise<HeldServer>;
  processes(): number[];
}

/** A directory for each test of the file; after the test, no process of it may be left, however the test ended. */
export function useServerDirectory(): () => ServerDirectory {
  let current: ServerDirectory | undefined;
  let started: HeldServer[] = [];

  beforeEach(async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'tessera-embedded-'));
    await chmod(parent, 0o755);
    const dataDir = path.join(parent, 'data');
    started = [];
    current = {
      parent,
      dataDir,
      options: { dataDir, database: 'tessera', log: () => {} },
      async hold(options) {
        const held = await holdServer(dataDir, options);
        started.push(held);
        return held;
      },
      processes: () => [...processesOf(dataDir, 'postgres'), ...processesOf(dataDir, 'guard')],
    };
  });

  afterEach(async () => {
    for (const held of started) held.child.kill('SIGKILL');
    const left = (): number[] => currentDirectory().processes();
    await until(() => left().length === 0, 20_000);
    expect(left()).toEqual([]);
    await rm(currentDirectory().parent, { recursive: true });
  });

  function currentDirectory(): ServerDirectory {
    if (!current) throw new Error('expected to be called from within a test');
    return current;
  }
  return currentDirectory;
}
