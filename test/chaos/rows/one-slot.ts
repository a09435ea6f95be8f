import { explain } from '../batches.ts';
import type { Cluster } from '../cluster.ts';
import { faultsOf, type Round } from '../contest.ts';
import { book, hold, reschedule, seats, type Contest, type Ring } from '../contests.ts';
import { judge } from '../judge.ts';
import { seeded } from '../random.ts';
import type { Row, RowRun } from '../row.ts';
import { Journal } from '../story.ts';
import { Traffic } from '../traffic.ts';

/** Each is run at two places at once: rounds at distinct slots do not disturb each other. */
const CONTESTS: Readonly<Record<string, { readonly contest: Contest; readonly at: readonly string[] }>> = {
  book: { contest: book, at: ['epic', 'xml-his'] },
  'hold and book': { contest: hold, at: ['xml-his', 'cerner'] },
  'move into': { contest: reschedule, at: ['cerner', 'hl7v2'] },
  'one of 3 seats': { contest: seats, at: ['native', 'native'] },
};
/** Nothing fails here: a machine that is slow for so many clients is no lost answer. */
const PATIENT = { writeDeadlineMs: 10_000, readDeadlineMs: 10_000, leaseMs: 15_000 };
/** What a judgement reads grows with every round. */
const ROUNDS_PER_JUDGEMENT = 400;

export const row: Row = {
  name: 'one-slot',
  order: 9,
  fault: '50 clients at two API processes want one slot: book, hold then book, move into, one of 3 seats',
  trial: 'one round: as many winners as seats, everybody else 409, one effect at the HIS',
  wanted: 4_000,
  drivers: ['pg-boss'],
  async run(run) {
    await using owned = await run.cluster({ apis: 2, workers: 2, policy: PATIENT });
    const { cluster } = owned;
    const traffic = await Traffic.open(cluster, new Journal());
    const random = seeded(run.seed);
    const before = await entered(cluster);
    const places: Place[] = [];
    for (const [name, { contest, at }] of Object.entries(CONTESTS)) {
      const count = run.trials < Object.keys(CONTESTS).length * 2 ? 1 : at.length;
      for (const connection of at.slice(0, count)) {
        const ring = { cluster, traffic, random: random.fork(), connection };
        places.push({ name, ring, round: await contest(ring) });
      }
    }
    for (let done = 0; done < run.trials && !run.ending.aborted;) {
      const since = Date.now();
      const rounds = await fight(run, places, Math.min(ROUNDS_PER_JUDGEMENT, run.trials - done));
      done += rounds;
      run.say(`${done} rounds, ${((rounds * 1000) / (Date.now() - since)).toFixed(1)} a second`);
      const known = new Set(traffic.journal.stories.flatMap(({ transactionIds }) => transactionIds));
      await judge({ cluster, traffic, tally: run.tally, random, seed: run.seed, since, faultsAt: [] });
      await noEffectOfLosers(run, cluster, before, known);
      if (run.tally.violations.length > 0) return await explain(run, cluster);
    }
  },
};

interface Place {
  readonly name: string;
  readonly ring: Ring;
  readonly round: () => Promise<Round>;
}

/** The next rounds, dealt to the places in turn. Resolves to how many were fought. */
async function fight(run: RowRun, places: readonly Place[], rounds: number): Promise<number> {
  let done = 0;
  await Promise.all(
    places.map(async ({ name, ring, round }, nth) => {
      for (let mine = nth; mine < rounds && !run.ending.aborted; mine += places.length) {
        const fought = await round();
        for (const { invariant, detail } of faultsOf(fought)) {
          run.tally.violate(run.seed, invariant, `${name} at ${ring.connection}: ${detail}`);
        }
        done += 1;
        run.tally.trials += 1;
        run.tally.notes[name] = Number(run.tally.notes[name] ?? 0) + 1;
      }
    }),
  );
  return done;
}

/** Transactions of which the hospitals hold, or held, an appointment. */
async function entered(cluster: Cluster): Promise<Set<string>> {
  const all = await Promise.all(cluster.hospitals.map((each) => each.effects()));
  return new Set(all.flatMap(({ appointments }) => appointments.flatMap(({ transactionId }) => transactionId ?? [])));
}

/** I3: what the hospitals hold, or held, is what a winner was promised. `judge` sees that each winner has one. */
async function noEffectOfLosers(run: RowRun, cluster: Cluster, before: Set<string>, known: ReadonlySet<string>) {
  for (const id of await entered(cluster)) {
    if (!before.has(id) && !known.has(id))
      run.tally.violate(run.seed, 'I3', `a HIS holds something of ${id}, which nobody won`);
    before.add(id);
  }
}
