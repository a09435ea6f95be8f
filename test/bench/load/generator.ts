/** `node test/bench/load/generator.ts`: a process of its own that sends load, plan after plan, as its parent tells it. */
import { closedLoop } from './closed-loop.ts';
import { openLoop } from './open-loop.ts';
import type { Loaded, Plan } from './plan.ts';
import { Tally } from './tally.ts';

async function load(plan: Plan): Promise<Loaded> {
  const tally = new Tally(plan.lanes);
  const before = process.cpuUsage();
  const { loop } = plan;
  const seconds = loop.kind === 'closed' ? await closedLoop(plan, loop, tally) : await openLoop(plan, loop, tally);
  const { user, system } = process.cpuUsage(before);
  const all = tally.all();
  return {
    ...all,
    lanes: tally.lanes(),
    seconds,
    perSecond: (all.count - all.failures) / seconds,
    generatorUs: (user + system) / all.count,
  };
}

process.on('message', (plan: Plan) => {
  load(plan).then(
    (loaded) => process.send?.({ loaded }),
    (error: unknown) => process.send?.({ failed: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
