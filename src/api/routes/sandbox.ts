/** The way into the console of a sandbox: by the link that the hub printed when it started. */
import { HubError } from '../../domain/index.ts';
import type { ApiRequest, Handlers } from '../operation.ts';

/** Takes the code of the link; undefined when it is not the one, or was used. */
export type EnterSandbox = (code: string) => Readonly<Record<'support' | 'engineer' | 'admin', string>> | undefined;

/** `enter`: undefined where the hub runs no sandbox. */
export const sandboxRoutes = (enter: EnterSandbox | undefined) =>
  ({
    enterSandbox({ body, isLocal }: ApiRequest<{ readonly code: string }>) {
      // A code that leaked is worth nothing elsewhere, and a page that a browser was led to by another name cannot use it.
      const tokens = isLocal ? enter?.(body.code) : undefined;
      if (!tokens) {
        throw new HubError(
          'not-found',
          'This link was used already, or is of another run of the hub. Start the hub again for a new one, or sign in as somebody of sandbox.json.',
        );
      }
      return Promise.resolve({ status: 200, body: tokens });
    },
  }) satisfies Handlers;
