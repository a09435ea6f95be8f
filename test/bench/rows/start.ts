/** T10: how long a start takes, and what the hub needs of the memory. */
import { setTimeout as delay } from 'node:timers/promises';
import { scaled, type Bench } from '../bench.ts';
import { residentMb } from '../hub-process.ts';
import { startBenchHub } from '../hub.ts';
import { mixedLoad } from '../mixed-load.ts';

const BOOKINGS = 3_000;
const IDLE_MS = 3_000;
const SECONDS = 10;
const PER_SECOND = 1_000;
const LOOK_MS = 200;

export const bench: Bench = {
  name: 'start',
  row: 'T10',
  title: 'start, and memory',
  what: `A start with existing data (${BOOKINGS} bookings), every role in one process, without the sandbox’s hospitals; Postgres runs already. Resident memory of the hub’s process ${IDLE_MS / 1_000} s later, and the most that it has under ${PER_SECOND} calls/s (--rate) for ${SECONDS} s.`,
  figures: {
    start: { what: 'from the command until ready', unit: 's', held: { better: 'less', floor: 3, goal: 1 } },
    idle: { what: 'resident memory, idle', unit: 'MB', held: { better: 'less', floor: 200, goal: 120 } },
    loaded: { what: 'resident memory, loaded', unit: 'MB', held: { better: 'less', floor: 500, goal: 300 } },
  },
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const slots = await hub.slots(scaled(settings, BOOKINGS));
    await hub.load({ connections: 64, lanes: [hub.bookings(slots)], loop: { kind: 'closed' } });
    await hub.check();
    await hub.stop();
    const { rate = PER_SECOND, seconds = SECONDS } = settings;
    return {
      async round() {
        await using started = await hub.another({});
        await delay(IDLE_MS);
        const idle = await residentMb(started.pid);
        let loaded = idle;
        const looking = setInterval(() => {
          void residentMb(started.pid).then((mb) => (loaded = Math.max(loaded, mb)));
        }, LOOK_MS);
        await mixedLoad(hub, scaled(settings, rate), seconds, started.url).finally(() => clearInterval(looking));
        return { start: started.startMs / 1_000, idle, loaded };
      },
    };
  },
};
