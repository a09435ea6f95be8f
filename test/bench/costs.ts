/** T11: what it costs to serve more, from what was measured: processor time for each call, and what follows for a day of many. */
import { shown } from './numbers.ts';
import type { Result } from './results.ts';

/** Of a hundred calls. */
const BOOKINGS = 10;
const DAY_SECONDS = 86_400;
const CALLS_PER_DAY = 500_000_000;
/** The busiest minute of a day, beside its average: clinics are called in the morning. An assumption. */
const PEAK = 3;
/** More of a core than this makes callers wait for each other. */
const BUSY_MAX = 0.7;
/** Of a process of all roles: for its callers, for itself, for the queue (src/composition/store.ts, src/db/pg-boss-queue.ts). */
const CONNECTIONS_PER_PROCESS = 10 + 14 + 4;

interface Cost {
  /** Microseconds of a core. */
  readonly hub: number;
  readonly postgres: number;
}

/** Undefined while availability and bookings were not measured. */
export function costModel(results: ReadonlyMap<string, Result>): string | undefined {
  const read = costOf(results.get('availability'));
  const booking = costOf(results.get('book'));
  if (!read || !booking) return undefined;
  const share = BOOKINGS / 100;
  const mixed = {
    hub: read.hub * (1 - share) + booking.hub * share,
    postgres: read.postgres * (1 - share) + booking.postgres * share,
  };
  const second = costOf(results.get('open-loop'));
  const each = (what: string, { hub, postgres }: Cost): string => `| ${what} | ${shown(hub)} | ${shown(postgres)} |`;
  return [
    '### T11: what it costs to serve more',
    '',
    '| processor time of one call | hub, µs | Postgres, µs |',
    '| --- | --- | --- |',
    each('availability', read),
    each('a booking, with all that follows from it', booking),
    each(`${100 - BOOKINGS} reads and ${BOOKINGS} bookings: the mean that follows`, mixed),
    ...(second ? [each('the same, measured in the open loop where nothing is refused: the second point', second)] : []),
    '',
    `| calls/s | cores of the hub | cores of Postgres | processes of the hub (each one core, ${BUSY_MAX * 100} % busy) | connections to Postgres | bookings/s |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...[1_000, CALLS_PER_DAY / DAY_SECONDS, (PEAK * CALLS_PER_DAY) / DAY_SECONDS].map((calls) => need(calls, mixed)),
    '',
    `The second line is ${CALLS_PER_DAY / 1e6} million calls a day spread evenly, the third ${PEAK} times as many in the busiest minute.`,
  ].join('\n');
}

function need(callsPerSecond: number, { hub, postgres }: Cost): string {
  const cores = (us: number): number => (us * callsPerSecond) / 1e6;
  const processes = Math.ceil(cores(hub) / BUSY_MAX);
  const cells = [
    shown(Math.round(callsPerSecond)),
    shown(cores(hub)),
    shown(cores(postgres)),
    String(processes),
    String(processes * CONNECTIONS_PER_PROCESS),
    shown(Math.round((callsPerSecond * BOOKINGS) / 100)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function costOf(result: Result | undefined): Cost | undefined {
  const { hubUs, postgresUs } = result?.figures ?? {};
  return hubUs && postgresUs && { hub: hubUs.median, postgres: postgresUs.median };
}
