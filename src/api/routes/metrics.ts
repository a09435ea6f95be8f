/** The metrics, for whoever is on this machine; for everybody else with a token of staff. */
import { HubError } from '../../domain/index.ts';
import type { Authenticate } from '../admission.ts';
import type { ApiRequest, Handlers } from '../operation.ts';

export interface MetricsParts {
  readonly authenticate: Authenticate;
  readonly contentType: string;
  readonly expose: () => Promise<string>;
}

const MAY_READ = ['support', 'engineer', 'admin'] as const;

export const metricsRoutes = ({ authenticate, contentType, expose }: MetricsParts) =>
  ({
    async readMetrics(request: ApiRequest) {
      const authorization = request.header('authorization');
      // A token that is sent counts, wherever it comes from: who tries one wants to know whether it is good.
      if (!request.isLocal || authorization !== undefined) {
        const { role } = await authenticate(authorization);
        if (!MAY_READ.some((each) => each === role)) {
          throw new HubError('forbidden', `Your role is ${role}; this may be done by ${MAY_READ.join(', ')}.`);
        }
      }
      return { status: 200, body: await expose(), headers: { 'Content-Type': contentType } };
    },
  }) satisfies Handlers;
