/** The load generator, as those who need load have it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Loaded, Plan } from './plan.ts';

export interface LoadGenerator extends AsyncDisposable {
  /** One plan at a time. */
  load(plan: Plan): Promise<Loaded>;
}

type Told = { readonly loaded: Loaded } | { readonly failed: string };

/** A process of its own, so that neither what is measured nor what checks it waits for it. It stays, and gets quicker with use. */
export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'generator.ts'), { serialization: 'advanced' });
  const ended = once(child, 'exit').then((): [Told] => [{ failed: 'the load generator has ended' }]);
  return {
    async load(plan) {
      child.send(plan);
      const [told] = (await Promise.race([once(child, 'message'), ended])) as [Told];
      if ('failed' in told) throw new Error(told.failed);
      return told.loaded;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}
