/** The plain HIS, as those who measure have it: a process of its own, and a hub that sends to it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SANDBOX_POLICY } from '../../../src/domain/index.ts';
import type { BenchHub } from '../hub.ts';

export interface HisBooking {
  readonly transactionId: string;
  /** When its first byte had been read: milliseconds since the epoch. */
  readonly arrivedAt: number;
  /** What the HIS itself took for it, in all its requests. */
  ownMs: number;
}

export type HisOrder =
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'down' }
  | { readonly kind: 'up' }
  | { readonly kind: 'take' };

export interface PlainHis extends AsyncDisposable {
  readonly connectionId: string;
  /** Every answer takes at least so long. A booking takes two: it is made, and read again. */
  slow(delayMs: number): Promise<void>;
  /** Nothing listens there any more; and again. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** What came since this was asked last. */
  take(): Promise<readonly HisBooking[]>;
  /** Ids of new free slots at this HIS. */
  slots(count: number): Promise<string[]>;
}

const ADAPTER = 'cerner';
const DAY_MS = 86_400_000;
export const CONCURRENCY = 64;

/** Takes the place of the sandbox's hospital of that adapter. The hub's patient is known there when this resolves. */
export async function startPlainHis(hub: BenchHub): Promise<PlainHis> {
  const connection = hub.connections.find(({ key }) => key === ADAPTER);
  if (!connection) throw new Error(`the sandbox has no hospital of the adapter ${ADAPTER}`);
  const child = fork(join(import.meta.dirname, 'plain-his.ts'), { serialization: 'advanced' });
  const told = async <Answer>(): Promise<Answer> => ((await once(child, 'message')) as [Answer])[0];
  const port = await told<number>();
  const order = (wanted: HisOrder): Promise<readonly HisBooking[]> => {
    child.send(wanted);
    return told();
  };
  await pointAt(hub, connection.id, port);
  let entered = 0;
  const his: PlainHis = {
    connectionId: connection.id,
    slow: async (delayMs) => void (await order({ kind: 'slow', delayMs })),
    down: async () => void (await order({ kind: 'down' })),
    up: async () => void (await order({ kind: 'up' })),
    take: () => order({ kind: 'take' }),
    slots(count) {
      const from = entered;
      entered += count;
      return enterSlots(hub, connection.id, from, count);
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
  await introduce(hub, his);
  return his;
}

async function pointAt({ api, engineer }: BenchHub, connectionId: string, port: number): Promise<void> {
  const path = `${api}/v1/connections/${connectionId}`;
  const { config } = (await (await fetch(path, { headers: engineer })).json()) as { config: Record<string, unknown> };
  const changed = await fetch(path, {
    method: 'PATCH',
    headers: engineer,
    body: JSON.stringify({
      config: {
        ...config,
        baseUrl: `http://127.0.0.1:${port}/r4`,
        tokenUrl: `http://127.0.0.1:${port}/token`,
        practitionerIds: ['bench'],
      },
      policy: {
        ...SANDBOX_POLICY,
        concurrency: CONCURRENCY,
        callsPerSecond: 10_000,
        breakerResetMs: 500,
        staleAfterMs: DAY_MS,
        // Its slots are entered here, and nobody is to look whether they are there.
        poll: { bands: [{ untilDays: 1, everyMs: DAY_MS }], directoryMs: DAY_MS, reconcileMs: DAY_MS },
      },
    }),
  });
  if (!changed.ok) throw new Error(`the connection was not changed: ${changed.status} ${await changed.text()}`);
}

async function enterSlots({ db, organizationId }: BenchHub, connectionId: string, from: number, count: number) {
  const { rows } = await db.query<{ id: string }>(
    `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, hub_managed, external_id)
     select gen_random_uuid(), $2, $1, p.id, l.id, at, at + interval '5 minutes', 'in-person', 'free', false, 'bench-' || n
     from generate_series($3::int, $3::int + $4::int - 1) n,
       lateral (select date_trunc('day', now()) + interval '100 days' + n * interval '5 minutes' as at) t,
       (select entity_id as id from external_identifier where connection_id = $1 and entity = 'provider' limit 1) p,
       (select entity_id as id from external_identifier where connection_id = $1 and entity = 'location' limit 1) l
     returning id`,
    [connectionId, organizationId, from, count],
  );
  if (rows.length !== count) throw new Error('the hospital has no provider, or no location');
  return rows.map(({ id }) => id);
}

/** Of a patient who is not known at the HIS all bookings but the first wait: that is another measurement. */
async function introduce(hub: BenchHub, his: PlainHis): Promise<void> {
  const { lanes } = await hub.load({
    connections: 1,
    lanes: [hub.bookings(await his.slots(1), { expected: [201, 202] })],
    loop: { kind: 'closed' },
  });
  const [id] = lanes[0]?.answers.map(({ transactionId }) => transactionId) ?? [];
  for (const deadline = performance.now() + 20_000; ; await delay(50)) {
    const found = await hub.db.query<{ state: string }>('select state from transaction where id = $1', [id]);
    if (found.rows[0]?.state === 'succeeded') break;
    if (performance.now() > deadline)
      throw new Error(
        `the first booking at the hospital is ${found.rows[0]?.state ?? 'not there'}, expected succeeded`,
      );
  }
  await his.take();
}
