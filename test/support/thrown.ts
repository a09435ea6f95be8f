import { HubError } from '../../src/domain/index.ts';

/** The HubError that `work` ends with; anything else, success too, fails the test. */
export async function thrown(work: Promise<unknown> | (() => unknown)): Promise<HubError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error('expected a HubError, but the work succeeded');
}
