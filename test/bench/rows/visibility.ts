/** T4: how soon a booking is seen by those who ask another process of the same hub. */
import { randomUUID } from 'node:crypto';
import { scaled, type Bench } from '../bench.ts';
import { startBenchHub } from '../hub.ts';
import { median } from '../numbers.ts';

const BOOKINGS = 50;
const WITHIN_MS = 5_000;

export const bench: Bench = {
  name: 'visibility',
  row: 'T4',
  title: 'a booking, seen by another process',
  what: 'A slot is booked at one process, and asked for at another one: from the answer to the booking until a read begins that does not show the slot any more. 0: the first read was right.',
  figures: {
    p50: { what: 'until another process shows it, p50', unit: 'ms' },
    max: {
      what: 'until another process shows it, the longest',
      unit: 'ms',
      held: { better: 'less', floor: 100, goal: 100 },
    },
    stale: { what: 'first reads that still showed the slot', unit: '' },
  },
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const other = cleanUp.use(await hub.another({ TESSERA_ROLES: 'api' }));
    const count = scaled(settings, BOOKINGS);
    const shows = async ({ id, from, provider }: Slot): Promise<boolean> => {
      const path = `/v1/providers/${provider}/availability?limit=5&from=${encodeURIComponent(from)}`;
      const response = await fetch(other.url + path, { headers: hub.headers });
      if (response.status !== 200) throw new Error(`availability was answered ${response.status}`);
      const { items } = (await response.json()) as { readonly items: readonly { readonly id: string }[] };
      return items.some((item) => item.id === id);
    };
    return {
      async round() {
        const waits: number[] = [];
        let stale = 0;
        for (const slot of await slotsOf(hub, await hub.slots(count))) {
          // Known to the other process, and to whatever it keeps.
          if (!(await shows(slot))) throw new Error('a free slot is not shown');
          await book(hub, slot.id);
          const bookedAt = performance.now();
          let askedAt = bookedAt;
          while (await shows(slot)) {
            if (askedAt === bookedAt) stale += 1;
            askedAt = performance.now();
            if (askedAt - bookedAt > WITHIN_MS) throw new Error(`a booked slot is shown free for ${WITHIN_MS} ms`);
          }
          waits.push(askedAt - bookedAt);
        }
        return { p50: median(waits), max: Math.max(...waits), stale };
      },
      check: () => hub.check(),
    };
  },
};

interface Slot {
  readonly id: string;
  readonly from: string;
  readonly provider: string;
}

type Hub = Awaited<ReturnType<typeof startBenchHub>>;

async function slotsOf({ db }: Hub, ids: readonly string[]): Promise<readonly Slot[]> {
  const found = await db.query<{ id: string; from: string; provider: string }>(
    `select id, to_char(start_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "from", provider_id as provider
     from slot where id = any($1)`,
    [ids],
  );
  return found.rows;
}

async function book({ api, headers, patientId }: Hub, slotId: string): Promise<void> {
  const { status } = await fetch(`${api}/v1/appointments`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': randomUUID() },
    body: JSON.stringify({ slotId, patientId }),
  });
  if (status !== 201) throw new Error(`a booking was answered ${status}`);
}
