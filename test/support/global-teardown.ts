import { stopStartedServer } from './global-setup.ts';

/** Once per run, after the tests. */
export default async function globalTeardown(): Promise<void> {
  await stopStartedServer();
}
