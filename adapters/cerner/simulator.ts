/** The sandbox's Oracle Health domain: FHIR R4 and the token endpoint in the shapes of the real ones. */
import { httpPort, runSimulator, type StartSimulator } from '#adapter-kit/simulator';
import { credentialsIn } from './simulator/credentials.ts';
import { BASE_PATH, TOKEN_PATH, cernerDialect } from './simulator/dialect.ts';
import {
  CANCELLATION_REASON,
  HOSPITAL,
  ORGANIZATION,
  REASON_SYSTEM,
  SERVICE_TYPES,
  SERVICE_TYPE_SYSTEM,
} from './simulator/hospital.ts';
import { notificationsOf } from './simulator/notifications.ts';
import { QUIRKS } from './simulator/quirks.ts';

const startSimulator: StartSimulator = async (options) => {
  const credentials = credentialsIn(options.directory);
  return runSimulator(
    {
      world: HOSPITAL,
      quirks: QUIRKS,
      open: httpPort((his) => cernerDialect(his, credentials, options.directory)),
      push: notificationsOf,
      connection: (url) => ({
        name: 'Oracle Health sandbox hospital',
        config: {
          baseUrl: `${url}${BASE_PATH}`,
          tokenUrl: `${url}${TOKEN_PATH}`,
          clientId: credentials.clientId,
          serviceTypes: SERVICE_TYPES.map(({ code, mode }) => ({ system: SERVICE_TYPE_SYSTEM, code, mode })),
          locationIds: HOSPITAL.locations.map(({ id }) => id),
          organizationId: ORGANIZATION,
          cancellationReason: { system: REASON_SYSTEM, code: CANCELLATION_REASON },
          defaultTimeZone: 'America/Chicago',
          // The simulator's promise, which no real domain gives: a 503 was not processed.
          notProcessedStatuses: [503],
        },
        secrets: { clientSecret: credentials.clientSecret },
      }),
    },
    options,
  );
};

export default startSimulator;
