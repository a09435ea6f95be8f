/** The sandbox's HL7 v2 hospital: takes SRM and SQM, and tells by itself (SIU, MFN) what it offers and what changes. */
import { runSimulator, type StartSimulator } from '#adapter-kit/simulator';
import { Feed } from './simulator/feed.ts';
import { HOSPITAL, HOSPITAL_NAME, HUB_NAME, nameFacility } from './simulator/hospital.ts';
import { Notices } from './simulator/notices.ts';
import { openMllpPort } from './simulator/port.ts';
import { QUIRKS } from './simulator/quirks.ts';
import { reactionsOf } from './simulator/reactions.ts';
import { Requests } from './simulator/requests.ts';

const startSimulator: StartSimulator = async (options) => {
  let feed: Feed | undefined;
  const running = await runSimulator(
    {
      world: HOSPITAL,
      quirks: QUIRKS,
      scheme: 'mllp',
      open(his, port) {
        if (options.name !== undefined) nameFacility(his, options.name);
        const requests = new Requests(his);
        const { feedTo } = options;
        if (feedTo) feed = new Feed(his, new Notices(his, requests), feedTo);
        return openMllpPort(
          port,
          reactionsOf(his, requests, (message) => feed?.tell([() => message])),
        );
      },
      connection: (url) => ({
        name: 'HL7 v2 sandbox hospital',
        config: {
          host: '127.0.0.1',
          port: Number(new URL(url).port),
          sendingApplication: HOSPITAL_NAME.application,
          sendingFacility: options.name ?? HOSPITAL_NAME.facility,
          receivingApplication: HUB_NAME.application,
          receivingFacility: HUB_NAME.facility,
          connections: 8,
          // Most hospitals do not answer it; this one does unless its look-up profile says otherwise.
          query: true,
          defaultTimeZone: 'Europe/Berlin',
          locations: HOSPITAL.locations.map(({ id, timeZone }) => ({ externalId: id, timeZone })),
        },
        secrets: {},
      }),
    },
    options,
  );
  return {
    ...running,
    stop: async () => {
      await feed?.stop();
      await running.stop();
    },
  };
};

export default startSimulator;
