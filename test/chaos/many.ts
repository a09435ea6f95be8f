/** Many of a kind: patients, bookings and changes by the hundred, for rows that need a stock of them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CANARY_REASON } from './canaries.ts';
import { newKey, type Reply } from './client.ts';
import type { Cluster } from './cluster.ts';
import { newPatient } from './life.ts';
import type { Random } from './random.ts';
import type { PoolSlot } from './slot-pool.ts';
import type { AppointmentBody, Story } from './story.ts';
import type { Traffic } from './traffic.ts';

const LANES = 24;

/** `work` for each of the items, so many at a time. */
export async function inLanes<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>, lanes = LANES) {
  const left = Iterator.from(items);
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let next = left.next(); !next.done; next = left.next()) await work(next.value);
    }),
  );
}

export async function newPatients(traffic: Traffic, random: Random, count: number): Promise<string[]> {
  const ids: string[] = [];
  const each = Array.from({ length: count }, () => random.fork());
  await inLanes(each, async (own) => void ids.push(await newPatient({ client: traffic.client, random: own })));
  return ids;
}

export interface Booked {
  readonly story: Story;
  readonly slot: PoolSlot;
  readonly patientId: string;
  readonly transactionId: string;
  etag: string;
}

/** Asks for a booking, and does not wait for the HIS. Undefined when it was refused. */
export async function book(
  traffic: Traffic,
  connection: string,
  slot: PoolSlot,
  patientId: string,
): Promise<Booked | undefined> {
  const story = traffic.journal.begin(connection);
  const reply = await send(traffic, story, 'POST', '/v1/appointments', {
    body: { slotId: slot.id, patientId, reason: CANARY_REASON },
    headers: {},
  });
  const transactionId = story.transactionIds[0];
  if (reply.status >= 300 || transactionId === undefined || reply.etag === null) return undefined;
  return { story, slot, patientId, transactionId, etag: reply.etag };
}

export interface Wanted {
  readonly slot: PoolSlot;
  readonly patientId: string;
}

/** New patients for the slots; none of them has two at one time. */
export async function patientsFor(traffic: Traffic, random: Random, slots: readonly PoolSlot[]): Promise<Wanted[]> {
  const sameTime = Map.groupBy(slots, ({ start }) => start);
  const most = Math.max(0, ...[...sameTime.values()].map(({ length }) => length));
  const patients = await newPatients(traffic, random, most);
  return [...sameTime.values()].flatMap((group) =>
    group.map((slot, nth) => ({ slot, patientId: patients[nth] ?? '' })),
  );
}

/** Resolves to those that were taken on. */
export async function bookAll(traffic: Traffic, connection: string, wanted: readonly Wanted[]): Promise<Booked[]> {
  const all: Booked[] = [];
  await inLanes(wanted, async ({ slot, patientId }) => {
    const booked = await book(traffic, connection, slot, patientId);
    if (booked) all.push(booked);
  });
  return all;
}

/** Asks for a change, and does not wait for the HIS. True when it was taken on. */
export async function change(
  traffic: Traffic,
  booked: Booked,
  wanted: { readonly method: 'PATCH'; readonly slotId: string } | { readonly method: 'DELETE' },
): Promise<boolean> {
  const { story, etag } = booked;
  const reply = await send(traffic, story, wanted.method, `/v1/appointments/${story.appointmentId}`, {
    ...(wanted.method === 'PATCH' ? { body: { slotId: wanted.slotId } } : {}),
    headers: { 'if-match': etag },
  });
  if (reply.etag !== null) booked.etag = reply.etag;
  return reply.status < 300;
}

/** Reads its version anew: what the hub did itself has moved it on. */
export async function refresh(traffic: Traffic, booked: Booked): Promise<AppointmentBody> {
  const { story } = booked;
  const reply = await traffic.client.ask({ method: 'GET', path: `/v1/appointments/${story.appointmentId}` });
  if (reply.etag !== null) booked.etag = reply.etag;
  return see(story, reply);
}

async function send(
  traffic: Traffic,
  story: Story,
  method: string,
  path: string,
  more: { readonly body?: unknown; readonly headers: Readonly<Record<string, string>> },
): Promise<Reply> {
  const key = newKey();
  const headers = { ...more.headers, 'idempotency-key': key, prefer: 'respond-async' };
  const api = story.answers.length + traffic.journal.stories.length;
  const reply = await traffic.client.ask({ method, path, ...more, api, headers });
  story.answers.push({ at: Date.now(), method, key, status: reply.status });
  if (reply.status < 300) see(story, reply);
  return reply;
}

function see(story: Story, { body }: Reply): AppointmentBody {
  const shown = body as AppointmentBody;
  story.appointmentId = shown.id;
  story.transactionIds = shown.transactions.map(({ id }) => id);
  story.sightings.push({ at: Date.now(), status: shown.status, version: shown.version });
  return shown;
}

const GROWN_WITHIN_MS = 180_000;

/** So many slots that nobody has. Throws when there are fewer. */
export function takeSlots(traffic: Traffic, connection: string, count: number): PoolSlot[] {
  return Array.from({ length: count }, () => {
    const slot = traffic.pool.take(connection);
    if (!slot) throw new Error(`${connection} has no ${count} free slots`);
    return slot;
  });
}

/** Doctors of a hospital are engaged, until it offers `count` free slots to the hub, or so. */
export async function engageDoctors(cluster: Cluster, key: string, count: number): Promise<void> {
  const connectionId = cluster.connectionId(key);
  const doctors = await numberOf(
    cluster,
    'select count(*) as count from provider where connection_id = $1',
    connectionId,
  );
  const perDoctor = (await free(cluster, connectionId)) / Math.max(1, doctors);
  const missing = Math.ceil(count / Math.max(1, perDoctor)) - doctors;
  if (missing <= 0) return;
  for (let nth = 0; nth < missing; nth += 1) {
    const edited = await fetch(`${cluster.hospital(key).control}/edit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ op: 'add-provider', name: `Locum ${randomUUID().slice(0, 8)}` }),
    });
    if (!edited.ok) throw new Error(`${key} engages nobody: ${edited.status} ${await edited.text()}`);
  }
  const url = `${cluster.apiUrl()}/v1/connections/${connectionId}/reconcile`;
  const headers = { authorization: `Bearer ${cluster.sandbox.tokens.admin}` };
  const asked = await fetch(url, { method: 'POST', headers });
  if (asked.status !== 202) throw new Error(`${key} was not read anew: ${asked.status} ${await asked.text()}`);
  for (const deadline = Date.now() + GROWN_WITHIN_MS; (await free(cluster, connectionId)) < count * 0.95;) {
    if (Date.now() > deadline) throw new Error(`${key} does not offer ${count} slots`);
    await delay(250);
  }
}

const free = (cluster: Cluster, connectionId: string): Promise<number> =>
  numberOf(
    cluster,
    `select count(*) as count from slot where connection_id = $1 and status = 'free' and start_at > now() + interval '3 hours'`,
    connectionId,
  );

async function numberOf(cluster: Cluster, text: string, connectionId: string): Promise<number> {
  const found = await cluster.db.query<{ count: number }>(text, [connectionId]);
  return found.rows[0]?.count ?? 0;
}
