/** T1: bookings through the API, each answered when it is in the book. */
import { scaled, type Bench } from '../bench.ts';
import { startBenchHub } from '../hub.ts';
import { bareBookings } from '../limits/bare-booking.ts';

const CONNECTIONS = 64;
const BOOKINGS = 6_000;
/** `$book` of Medplum server 5.1.13 at 64 connections on a quiet 2-core machine, the better of two runs: not measured again here. */
const MEDPLUM_PER_SECOND = 219;

export const bench: Bench = {
  name: 'book',
  row: 'T1',
  title: 'bookings, beside the bare statement',
  what: 'Bookings by 64 connections, default settings: POST /v1/appointments, answered 201 when the appointment is in the hub’s own book. A: claim, appointment, transaction, an event, idempotency and audit record as one prepared statement through pg, 32 clients.',
  figures: {
    hub: { what: 'hub', unit: '/s' },
    p50: { what: 'hub, p50', unit: 'ms' },
    p99: { what: 'hub, p99', unit: 'ms' },
    limit: { what: 'A', unit: '/s' },
    ratio: { what: 'hub / A', unit: '×', held: { better: 'more', floor: 0.5, goal: 1 } },
    medplum: {
      what: `hub / Medplum $book (${MEDPLUM_PER_SECOND}/s, quoted)`,
      unit: '×',
      held: { better: 'more', floor: 20, goal: 60 },
    },
    failures: { what: 'not answered 201', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    hubUs: { what: 'processor time of the hub, each', unit: 'µs' },
    postgresUs: { what: 'processor time of Postgres, each', unit: 'µs' },
    generatorUs: { what: 'processor time of the load generator, each', unit: 'µs' },
  },
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const count = scaled(settings, BOOKINGS);
    return {
      async round() {
        const lane = hub.bookings(await hub.slots(count));
        const before = await hub.spent();
        const through = await hub.load({ connections: CONNECTIONS, lanes: [lane], loop: { kind: 'closed' } });
        const after = await hub.spent();
        const limit = await bareBookings(hub, await hub.slots(count));
        return {
          hub: through.perSecond,
          p50: through.p50Ms,
          p99: through.p99Ms,
          limit,
          ratio: through.perSecond / limit,
          medplum: through.perSecond / MEDPLUM_PER_SECOND,
          failures: through.failures,
          hubUs: ((after.hub - before.hub) * 1_000) / count,
          postgresUs: ((after.postgres - before.postgres) * 1_000) / count,
          generatorUs: through.generatorUs,
        };
      },
      check: () => hub.check(),
      notes: () => hub.surprises(),
    };
  },
};
