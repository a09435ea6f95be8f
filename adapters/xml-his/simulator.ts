/** The sandbox's XML HIS: a regional hub over SOAP, and beside it a practice system over plain XML, with one book. */
import { httpPort, runSimulator, type RunningSimulator, type StartSimulator } from '#adapter-kit/simulator';
import { passwordIn } from './simulator/credentials.ts';
import { HUB_PATH, PRACTICE_PATH, xmlDialect } from './simulator/dialect.ts';
import { CLINIC, HOSPITAL } from './simulator/hospital.ts';
import { notificationsOf } from './simulator/notifications.ts';
import { QUIRKS } from './simulator/quirks.ts';

const SHARED = {
  timeZone: 'Europe/Moscow',
  timeZones: Object.fromEntries(HOSPITAL.locations.map(({ id, timeZone }) => [id, timeZone])),
  // The simulator's promise, which no real site gives: a 429 or 503 was not processed.
  notProcessedStatuses: [429, 503],
};

/** Settings of a connection to the practice system of the simulator at `url`; its secrets are those of the regional hub. */
export function practiceConfig(url: string): RunningSimulator['connection']['config'] {
  return {
    ...SHARED,
    profile: 'practice-rest',
    endpoint: `${url}${PRACTICE_PATH}`,
    values: { client: 'HUB', company: 'SANDBOX', officeVisitType: '7', videoVisitType: '9' },
  };
}

const startSimulator: StartSimulator = async (options) => {
  const password = passwordIn(options.directory);
  return runSimulator(
    {
      world: HOSPITAL,
      quirks: QUIRKS,
      open: httpPort((his) => xmlDialect(his, password)),
      push: notificationsOf,
      connection: (url) => ({
        name: 'XML sandbox hospital',
        config: { ...SHARED, profile: 'regional-soap', endpoint: `${url}${HUB_PATH}`, values: { idLpu: CLINIC } },
        secrets: { password },
      }),
    },
    options,
  );
};

export default startSimulator;
