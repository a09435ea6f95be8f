/** T3: ten thousand bookings at the same moment: each of a slot of its own, and all of one. */
import { scaled, type Bench } from '../bench.ts';
import { startBenchHub, type BenchHub } from '../hub.ts';
import type { Loaded } from '../load/plan.ts';

const REQUESTS = 10_000;

export const bench: Bench = {
  name: 'ten-thousand',
  row: 'T3',
  title: '10,000 bookings at once: of distinct slots, of one slot',
  what: '10,000 booking requests at once, each on a connection of its own that is open before the clock runs: on distinct slots, and on one slot.',
  figures: {
    distinct: { what: 'distinct slots, last answer', unit: 's', held: { better: 'less', floor: 3, goal: 1.5 } },
    distinctP50: { what: 'distinct slots, p50', unit: 's' },
    distinctLost: {
      what: 'distinct slots, not answered 201 or 202, nor 409',
      unit: '',
      held: { better: 'less', floor: 0, goal: 0 },
    },
    falseConflicts: { what: 'distinct slots, answered 409', unit: '', held: { better: 'less', floor: 0, goal: 0 } },
    later: { what: 'distinct slots, answered 202 (not yet in the book)', unit: '' },
    one: { what: 'one slot, last answer', unit: 's', held: { better: 'less', floor: 3, goal: 1.5 } },
    winners: { what: 'one slot, winners', unit: '' },
    wrongWinners: {
      what: 'one slot, winners more or fewer than one',
      unit: '',
      held: { better: 'less', floor: 0, goal: 0 },
    },
    oneLost: {
      what: 'one slot, answered neither 201, 202 nor 409',
      unit: '',
      held: { better: 'less', floor: 0, goal: 0 },
    },
  },
  async open(settings, cleanUp) {
    const hub = cleanUp.use(await startBenchHub());
    const count = scaled(settings, REQUESTS);
    return {
      async round() {
        const distinct = await atOnce(hub, await hub.slots(count));
        const [slot = ''] = await hub.slots(1);
        const one = await atOnce(
          hub,
          Array.from({ length: count }, () => slot),
        );
        return {
          distinct: distinct.seconds,
          distinctP50: distinct.p50Ms / 1_000,
          distinctLost: count - answered(distinct, 201, 202, 409),
          falseConflicts: answered(distinct, 409),
          later: answered(distinct, 202),
          one: one.seconds,
          winners: answered(one, 201, 202),
          wrongWinners: Math.abs(answered(one, 201, 202) - 1),
          oneLost: count - answered(one, 201, 202, 409),
        };
      },
      check: () => hub.check(),
      notes: () => hub.surprises(),
    };
  },
};

const atOnce = (hub: BenchHub, slots: readonly string[]): Promise<Loaded> =>
  hub.load({
    connections: slots.length,
    lanes: [hub.bookings(slots, { expected: [201, 202, 409] })],
    loop: { kind: 'closed' },
  });

const answered = ({ lanes }: Loaded, ...statuses: number[]): number =>
  statuses.reduce((total, status) => total + (lanes[0]?.statuses[status] ?? 0), 0);
