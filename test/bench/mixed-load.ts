/** What patients' apps ask of a hub: free slots, and with every tenth call a booking of one of those that are shown. */
import type { BenchHub } from './hub.ts';
import type { Lane, Loaded } from './load/plan.ts';

/** Whoever calls has a connection of its own: so many may wait for their answers at once. */
const CONNECTIONS = 2_000;
/** Reads are of so many different windows. */
const WINDOWS = 300;
/** Calls for each booking. */
const CALLS_PER_BOOKING = 10;
/** A call that takes longer than this, of a hundred, was not answered well. */
const WELL_MS = 50;
const TRY_SECONDS = 2;
const LOWEST = 200;
const HIGHEST = 20_000;

export interface MixedLoad extends Loaded {
  readonly bookings: Loaded['lanes'][number];
}

/** An open loop of `perSecond` calls. Reads and bookings are of the same slots, so that nothing can be answered by heart. */
export async function mixedLoad(hub: BenchHub, perSecond: number, seconds: number, url?: string): Promise<MixedLoad> {
  const slots = await hub.slots(Math.ceil((perSecond * seconds) / CALLS_PER_BOOKING));
  const lanes: Lane[] = [await reads(hub, slots), hub.bookings(slots, { expected: [201, 202] })];
  const pattern = [...Array.from({ length: CALLS_PER_BOOKING - 1 }, () => 0), 1];
  const loop = { kind: 'open', perSecond, seconds } as const;
  const loaded = await hub.load({ connections: CONNECTIONS, lanes, pattern, loop }, url);
  const [, bookings] = loaded.lanes;
  if (!bookings) throw new Error('the load has no bookings');
  return { ...loaded, bookings };
}

async function reads({ db, headers }: BenchHub, slots: readonly string[]): Promise<Lane> {
  const every = Math.max(1, Math.floor(slots.length / WINDOWS));
  const { rows } = await db.query<{ provider: string; from: string }>(
    `select provider_id as provider, to_char(start_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "from"
     from slot where id = any($1)`,
    [slots.filter((_, nth) => nth % every === 0)],
  );
  const { authorization = '' } = headers;
  return {
    method: 'GET',
    paths: rows.map(({ provider, from }) => `/v1/providers/${provider}/availability?limit=50&from=${from}`),
    headers: { authorization },
    expected: [200],
  };
}

/** Calls a second at which 99 of 100 are answered within 50 ms, and none wrongly; found by trying, a fifth exact. */
export async function sustainedRate(
  hub: BenchHub,
  say: (text: string) => void,
): Promise<{ readonly perSecond: number; readonly p99Ms: number }> {
  let best = { perSecond: 0, p99Ms: Number.NaN };
  const goesWell = async (perSecond: number): Promise<boolean> => {
    say(`tries ${Math.round(perSecond)} calls/s`);
    const { failures, p99Ms } = await mixedLoad(hub, perSecond, TRY_SECONDS);
    const well = failures === 0 && p99Ms <= WELL_MS;
    if (well) best = { perSecond, p99Ms };
    return well;
  };
  // Twice: of two seconds of a few hundred calls, one moment in which the machine stands still is more than a hundredth.
  const isWell = async (perSecond: number): Promise<boolean> =>
    (await goesWell(perSecond)) || (await goesWell(perSecond));
  await mixedLoad(hub, LOWEST, TRY_SECONDS);
  let perSecond = LOWEST;
  while (perSecond <= HIGHEST && (await isWell(perSecond))) perSecond *= 1.5;
  // Between the last that went well and the first that did not; below the lowest, downwards.
  if (best.perSecond > 0) await isWell(best.perSecond * 1.22);
  else for (perSecond = LOWEST / 2; perSecond > 10 && !(await isWell(perSecond));) perSecond /= 2;
  return best;
}
