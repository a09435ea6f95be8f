/** The sandbox's Epic: FHIR, token endpoint and Interconnect services in the shapes of the real ones. */
import { httpPort, runSimulator, type StartSimulator } from '#adapter-kit/simulator';
import { credentialsIn } from './simulator/credentials.ts';
import { INSTANCE, epicDialect } from './simulator/dialect.ts';
import {
  CSN_SYSTEM,
  HOSPITAL,
  PROBE_PATIENT,
  SPECIALTIES,
  SPECIALTY_SYSTEM,
  VISIT_TYPES,
  VISIT_TYPE_SYSTEM,
} from './simulator/hospital.ts';
import { QUIRKS } from './simulator/quirks.ts';

const startSimulator: StartSimulator = async (options) => {
  const credentials = credentialsIn(options.directory);
  return runSimulator(
    {
      world: HOSPITAL,
      quirks: QUIRKS,
      open: httpPort((his) => epicDialect(his, credentials)),
      connection: (url) => ({
        name: 'Epic sandbox hospital',
        config: {
          baseUrl: `${url}${INSTANCE}`,
          clientId: credentials.clientId,
          keyId: credentials.keyId,
          interconnect: { user: credentials.interconnectUser },
          csnSystem: CSN_SYSTEM,
          visitTypes: VISIT_TYPES.map(({ code, mode }) => ({ system: VISIT_TYPE_SYSTEM, code, mode })),
          specialties: SPECIALTIES.map(({ code }) => ({ system: SPECIALTY_SYSTEM, code })),
          probePatientId: PROBE_PATIENT,
          defaultTimeZone: 'America/New_York',
          // The simulator's promise, which no real site gives: a 429 or 503 was not processed.
          notProcessedStatuses: [429, 503],
        },
        secrets: { privateKey: credentials.privateKey, interconnectPassword: credentials.interconnectPassword },
      }),
    },
    options,
  );
};

export default startSimulator;
