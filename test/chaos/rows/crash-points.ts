import { CrashStage } from '../crash-stage.ts';
import { seeded, type Random } from '../random.ts';
import type { Row } from '../row.ts';

const POINTS_PER_JUDGEMENT = 24;

export const row: Row = {
  name: 'crash-points',
  order: 3,
  fault:
    'kill -9 at every write to a socket (database, HIS, queue, client) on the route, before its bytes leave and when they have left',
  trial: 'one point of book, reschedule or cancel, in the API or the worker, at one of five connections',
  // As many points as were counted; the count differs a little with every change of the route.
  wanted: 1_200,
  drivers: ['pg-boss', 'bullmq'],
  async run(run) {
    await using owned = await run.cluster({ apis: 1, workers: 1 });
    const stage = await CrashStage.open(owned.cluster, run);
    try {
      const points = await stage.enumerate();
      run.tally.notes['points'] = points.length;
      run.say(`${points.length} points`);
      const chosen = shuffled(points, seeded(run.seed)).slice(0, run.trials);
      for (const [nth, point] of chosen.entries()) {
        if (run.ending.aborted) break;
        await stage.crashAt(point);
        if ((nth + 1) % POINTS_PER_JUDGEMENT === 0) await stage.judge();
      }
      await stage.judge();
      run.tally.notes['not reached'] = stage.missed;
    } finally {
      await stage.close();
    }
  },
};

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  for (let last = left.length - 1; last > 0; last -= 1) {
    const other = random.between(0, last);
    const [a, b] = [left[last], left[other]];
    if (a !== undefined && b !== undefined) [left[last], left[other]] = [b, a];
  }
  return left;
}
