/** The ways to want a slot: book it, hold it first, move into it, take one of its seats. A round leaves everything as it was. */
import { setTimeout as delay } from 'node:timers/promises';
import { CANARY_REASON } from './canaries.ts';
import type { Cluster } from './cluster.ts';
import { CLIENTS, lost, sendOnce, won, type Round, type Winner } from './contest.ts';
import { newPatients } from './many.ts';
import type { Random } from './random.ts';
import type { PoolSlot } from './slot-pool.ts';
import { newStory, type AppointmentBody } from './story.ts';
import type { Traffic } from './traffic.ts';

export interface Ring {
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly random: Random;
  readonly connection: string;
}

/** One round after the other; each resolves when its slots are free again. */
export type Contest = (ring: Ring) => Promise<() => Promise<Round>>;

const SEATS = 3;
const TIMES = 40;
const SETTLES_WITHIN_MS = 60_000;

export const book: Contest = async (ring) => {
  const patients = await newPatients(ring.traffic, ring.random, CLIENTS);
  return async () => {
    const slot = await takeSlot(ring);
    const round = await among(patients, (patientId, api) => tryBook(ring, { slotId: slot.id, patientId }, api));
    await free(ring, round.winners, [slot]);
    return round;
  };
};

/** Half of the clients hold first, and book with what they got, or with the hold of another; half of them book at once. */
export const hold: Contest = async (ring) => {
  const patients = await newPatients(ring.traffic, ring.random, CLIENTS);
  return async () => {
    const slot = await takeSlot(ring);
    const first = Promise.withResolvers<string>();
    let holds = 0;
    const round = await among(patients, async (patientId, api) => {
      const wanted = { slotId: slot.id, patientId };
      // Two clients of the hub, one of whom gets the hold.
      const role = Math.floor(api / 2) % 2 === 0 ? 'app' : 'admin';
      if (api < CLIENTS / 2) return tryBook(ring, wanted, api, role);
      const { path, headers } = { path: '/v1/holds', headers: {} };
      const held = await sendOnce(ring.cluster, ring.traffic, {
        method: 'POST',
        path,
        headers,
        body: { slotId: slot.id },
        role,
        api,
      });
      if (held.status === 201) {
        holds += 1;
        const holdId = (held.body as { id: string }).id;
        first.resolve(holdId);
        return tryBook(ring, { ...wanted, holdId }, api, role);
      }
      if (held.status !== 409) return lost(held);
      // Of the other client, in every second case: no reason to get the slot.
      const others = await Promise.race([first.promise, delay(50, undefined)]);
      const other = role === 'app' ? 'admin' : 'app';
      return tryBook(ring, others === undefined ? wanted : { ...wanted, holdId: others }, api, other);
    });
    if (holds > 1) return { ...round, losers: [...round.losers, `${holds} holds of one slot`] };
    await free(ring, round.winners, [slot]);
    return round;
  };
};

/** Each client has an appointment, and wants to move it into one slot. The slot that the winner leaves is the next one. */
export const reschedule: Contest = async (ring) => {
  const patients = await newPatients(ring.traffic, ring.random, CLIENTS);
  const mine = await Promise.all(
    patients.map(async (patientId, api) => {
      const slot = await takeSlot(ring);
      const booked = await tryBook(ring, { slotId: slot.id, patientId }, api);
      if (typeof booked === 'string') throw new Error(`no appointment to move: ${booked}`);
      return settled(ring, booked);
    }),
  );
  let target = (await takeSlot(ring)).id;
  return async () => {
    const round = await among(mine, async ({ story, etag }, api) => {
      const path = `/v1/appointments/${story.appointmentId}`;
      const wish = { method: 'PATCH' as const, path, body: { slotId: target }, headers: { 'if-match': etag }, api };
      const reply = await sendOnce(ring.cluster, ring.traffic, wish);
      return won(story, reply) ?? lost(reply);
    });
    for (const winner of round.winners) {
      const nth = mine.findIndex(({ story }) => story === winner.story);
      target = mine[nth]?.slotId ?? target;
      mine[nth] = await settled(ring, winner);
    }
    return round;
  };
};

/** A time with three seats, each a slot of its own: whoever does not get one tries the next. */
export const seats: Contest = async (ring) => {
  const patients = await newPatients(ring.traffic, ring.random, CLIENTS);
  const times = await timesWithSeats(ring);
  let nth = 0;
  return async () => {
    nth += 1;
    const seatsOfTime = times[nth % times.length] ?? [];
    const round = await among(patients, async (patientId, api) => {
      let last: Winner | string = 'no seat';
      for (let tries = 0; tries < seatsOfTime.length; tries += 1) {
        const slot = seatsOfTime[(api + tries) % seatsOfTime.length];
        if (slot) last = await tryBook(ring, { slotId: slot.id, patientId }, api);
        if (typeof last !== 'string') return last;
      }
      return last;
    });
    await free(ring, round.winners, []);
    return { ...round, capacity: seatsOfTime.length };
  };
};

async function among<Client>(
  clients: readonly Client[],
  want: (client: Client, nth: number) => Promise<Winner | string>,
): Promise<Round> {
  const winners: Winner[] = [];
  const losers: string[] = [];
  await Promise.all(
    clients.map(async (client, nth) => {
      const came = await want(client, nth);
      if (typeof came === 'string') losers.push(came);
      else winners.push(came);
    }),
  );
  return { capacity: 1, winners, losers };
}

async function tryBook(
  { cluster, traffic, connection }: Ring,
  wanted: { readonly slotId: string; readonly patientId: string; readonly holdId?: string },
  api: number,
  role: 'app' | 'admin' = 'app',
): Promise<Winner | string> {
  const body = { ...wanted, reason: CANARY_REASON };
  const reply = await sendOnce(cluster, traffic, { method: 'POST', path: '/v1/appointments', body, role, api });
  const story = newStory(connection);
  const winner = won(story, reply);
  if (winner) traffic.journal.stories.push(story);
  return winner ?? lost(reply);
}

/** Cancels what was won, so that the slots can be had again. */
async function free(ring: Ring, winners: readonly Winner[], slots: readonly PoolSlot[]): Promise<void> {
  await Promise.all(
    winners.map(async (winner) => {
      const { story, etag } = await settled(ring, winner);
      const path = `/v1/appointments/${story.appointmentId}`;
      const reply = await sendOnce(ring.cluster, ring.traffic, {
        method: 'DELETE',
        path,
        headers: { 'if-match': etag },
        api: 0,
      });
      const cancelled = won(story, reply);
      if (!cancelled) throw new Error(`appointment ${story.appointmentId} was not cancelled: ${lost(reply)}`);
      await settled(ring, cancelled);
    }),
  );
  for (const { id } of slots) ring.traffic.pool.giveBack(ring.connection, id);
}

/** When nothing of it is under way any more. */
async function settled(ring: Ring, winner: Winner): Promise<Winner> {
  const path = `/v1/appointments/${winner.story.appointmentId}`;
  let api = 0;
  for (const deadline = Date.now() + SETTLES_WITHIN_MS; ; await delay(100)) {
    const reply = await ring.traffic.client.ask({ method: 'GET', path, api: (api += 1) });
    const body = reply.body as AppointmentBody;
    const present = won(winner.story, reply);
    if (present && body.status !== 'pending' && body.pendingChange === undefined && !isCancelling(body)) return present;
    if (Date.now() > deadline)
      throw new Error(`appointment ${winner.story.appointmentId} is not settled: ${body.status}`);
  }
}

const isCancelling = ({ status, transactions }: AppointmentBody): boolean =>
  status === 'booked' && transactions.some(({ kind, state }) => kind === 'cancel' && state !== 'rejected');

async function takeSlot({ traffic, connection }: Ring): Promise<PoolSlot> {
  for (;;) {
    const slot = traffic.pool.take(connection);
    if (slot) return slot;
    await delay(50);
  }
}

/** A provider of the hub's own book, each of whose times has three seats. */
async function timesWithSeats({ cluster, traffic, random, connection }: Ring): Promise<PoolSlot[][]> {
  const place = cluster.sandbox.connections.find(({ key }) => key === connection);
  if (!place) throw new Error(`there is no connection ${connection}`);
  const ask = (method: string, path: string, body?: unknown) =>
    traffic.client.ask({ method, path, role: 'admin', ...(body === undefined ? {} : { body }) });
  const name = { given: ['Nth'], family: `Seat${random.between(0, 1_000_000)}` };
  const made = await ask('POST', '/v1/providers', { name, locations: [place.locationId] });
  const { id } = made.body as { id: string };
  const rule = {
    rrule: 'FREQ=DAILY',
    start: '06:00',
    end: '22:00',
    slotMinutes: 30,
    mode: 'in-person',
    capacity: SEATS,
  };
  const scheduled = await ask('PUT', `/v1/providers/${id}/schedule`, {
    rules: [{ ...rule, locationId: place.locationId }],
    exceptions: [],
  });
  if (made.status !== 201 || scheduled.status >= 300) throw new Error(`no seats: ${made.status}, ${scheduled.status}`);
  // Read from the database: a search shows only the first free seat of a time.
  const found = await cluster.db.query<{ id: string; start: string }>(
    `select id, start_at as start from slot where provider_id = $1 and start_at > now() + interval '3 hours'
     order by start_at, seat limit $2`,
    [id, SEATS * TIMES],
  );
  const slots = found.rows.map((each): PoolSlot => ({ ...each, externalId: null }));
  return [...Map.groupBy(slots, ({ start }) => start).values()];
}
