/** For load balancers and orchestrators: does the process live, and should it get requests? */
import type { Handlers } from '../operation.ts';

/** `isReady` is false until everything is up, and rejects when the database is away. */
export const healthRoutes = (isReady: () => Promise<boolean>): Handlers => ({
  livez: () => Promise.resolve({ status: 200, body: { status: 'ok' } }),
  readyz: async () => {
    const ready = await isReady().catch(() => false);
    return { status: ready ? 200 : 503, body: { status: ready ? 'ok' : 'unavailable' } };
  },
});
