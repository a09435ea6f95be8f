/** What goes wrong, and when: each seed has its own mix, so that rare combinations come up too. */
import type { Broker, QueueFaults } from './broker.ts';
import type { Clock } from './clock.ts';
import type { Line, NetworkFault, Weather } from './network.ts';
import { NETWORK_FAULTS } from './network.ts';
import type { HubProcess } from './process.ts';
import type { Random } from './random.ts';
import type { StoreFaults } from './store.ts';

export interface Targets {
  readonly clock: Clock;
  readonly random: Random;
  readonly lines: readonly Line[];
  readonly processes: () => readonly HubProcess[];
  readonly broker: Broker;
  readonly queueFaults: QueueFaults;
  readonly storeFaults: StoreFaults;
  readonly slotIds: readonly (readonly string[])[];
  readonly trace: (line: string) => void;
}

/** Chances are against 1 for nothing. */
const HARMFUL = NETWORK_FAULTS.filter((each) => each !== 'none' && each !== 'unauthorised' && each !== 'refused');
const all = (chance: number): Weather => Object.fromEntries(HARMFUL.map((each) => [each, chance]));
const only = (fault: NetworkFault, chance: number): Weather => ({ [fault]: chance });

const WEATHERS: Readonly<Record<string, Weather>> = {
  fine: {},
  gusty: all(0.02),
  storm: all(0.15),
  'answers lost': { 'lost-after': 1, 'reset-after': 1, 'bad-gateway-after': 1 },
  'requests lost': { 'lost-before': 1, 'reset-before': 1 },
  down: only('refused', 200),
  'credentials refused': only('unauthorised', 200),
  busy: only('throttled', 3),
};

export class Nemesis {
  readonly #targets: Targets;
  readonly #enabled: ReadonlySet<string>;
  #isOver = false;

  constructor(targets: Targets) {
    this.#targets = targets;
    const { random } = targets;
    const kinds = ['crash', 'pause', 'flush', 'database', 'weather', 'desk', 'queue', 'store'];
    this.#enabled = new Set(kinds.filter(() => random.chance(0.65)));
  }

  start(): void {
    const { random, clock, lines, processes, broker, queueFaults, storeFaults, slotIds, trace } = this.#targets;
    if (this.#enabled.has('queue')) Object.assign(queueFaults, { lost: 0.05, twice: 0.05 });
    if (this.#enabled.has('store')) {
      Object.assign(storeFaults, {
        refused: 0.004,
        lostBeforeCommit: 0.004,
        lostAfterCommit: 0.004,
        deathAtStatement: 0.0005,
      });
    }
    const victim = (): HubProcess | undefined => {
      const up = processes().filter(({ isUp }) => isUp);
      return up.length > 0 ? random.pick(up) : undefined;
    };
    this.#every('crash', 12_000, () => {
      const process = victim();
      trace(`nemesis kills ${String(process?.name)}`);
      process?.kill();
    });
    this.#every('pause', 12_000, () => {
      const process = victim();
      const ms = random.pick([500, 3_000, 11_000, 16_000, 25_000]) * random.between(0.8, 1.2);
      trace(`nemesis stops ${String(process?.name)} for ${Math.round(ms)} ms`);
      process?.pause();
      clock.after(ms, () => process?.resume());
    });
    this.#every('flush', 15_000, () => {
      trace('nemesis flushes the queue');
      broker.flush();
    });
    this.#every('database', 20_000, () => {
      trace('nemesis stops the database');
      storeFaults.isDown = true;
      clock.after(random.between(200, 3_000), () => (storeFaults.isDown = false));
    });
    this.#every('weather', 6_000, () => {
      const name = random.pick(Object.keys(WEATHERS));
      const line = random.pick(lines);
      trace(`nemesis makes ${line.hospital.name} ${name}`);
      line.weather = WEATHERS[name] ?? {};
    });
    this.#every('desk', 5_000, () => {
      const index = random.below(lines.length);
      const slot = random.pick(slotIds[index] ?? []);
      const { hospital } = random.pick(lines.slice(index, index + 1));
      if (hospital.profile.refusesTaken) hospital.write({ kind: 'book', slot, patient: 'walk-in' }, undefined, 0);
    });
  }

  /** Everything works from now on. */
  stop(): void {
    const { lines, processes, queueFaults, storeFaults, trace } = this.#targets;
    this.#isOver = true;
    trace('nemesis is over');
    for (const line of lines) line.weather = {};
    for (const process of processes()) process.resume();
    Object.assign(queueFaults, { lost: 0, twice: 0 });
    Object.assign(storeFaults, {
      refused: 0,
      lostBeforeCommit: 0,
      lostAfterCommit: 0,
      deathAtStatement: 0,
      isDown: false,
    });
  }

  #every(kind: string, meanMs: number, work: () => void): void {
    if (!this.#enabled.has(kind)) return;
    const { clock, random } = this.#targets;
    clock.after(random.pauseMs(meanMs), () => {
      if (this.#isOver) return;
      work();
      this.#every(kind, meanMs, work);
    });
  }
}
