/** One simulated world from one seed: clinics, clients, processes of the hub, HISs, faults; and what came of it. */
import { createHash } from 'node:crypto';
import type { Caller, Log } from '../../../src/domain/index.ts';
import { Broker } from './broker.ts';
import {
  checkNoDoubleBooking,
  checkNothingLost,
  checkOneEffect,
  checkOrder,
  checkSameInTheEnd,
  HonestyWatch,
  unsettled,
  type Checked,
  type Violation,
} from './checks.ts';
import { Clients } from './clients.ts';
import { Clock } from './clock.ts';
import { policyOf, Rewriter, type Defect } from './defects.ts';
import { Hospital, type HospitalProfile, type LookupProfile } from './hospital.ts';
import { startHub, type Hub } from './hub.ts';
import { LateAttempts } from './late-attempts.ts';
import { LedgerView } from './ledger-view.ts';
import { Nemesis } from './nemesis.ts';
import type { Line } from './network.ts';
import { patientRows } from './open-keys.ts';
import { settleByHand } from './person.ts';
import { HubProcess } from './process.ts';
import { Random } from './random.ts';
import { simulatedAdapter } from './simulated-adapter.ts';
import type { MemoryDatabase } from './sql/database.ts';
import { openStore, type Server, type StoreFaults } from './store.ts';
import { installVirtualGlobals } from './virtual-globals.ts';

const EPOCH = Date.parse('2026-03-02T08:00:00Z');
const ORGANIZATION = '00000000-0000-4000-8000-000000000001';
const PROCESSES = 3;
const CONNECTIONS = 2;
const SLOTS = 24;
const PATIENTS = 6;
const OPERATION_MEAN_MS = 200;
/** I1: what was accepted is over, or a person is asked, so long after the last fault; then the same once more for replays. */
const SETTLE_MS = 300_000;

export interface Settings {
  readonly seed: number;
  readonly operations: number;
  readonly defect?: Defect | undefined;
  /** Told each line of the story. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface Outcome {
  readonly operations: number;
  readonly violations: readonly Violation[];
  /** Of all that happened, in its order: the same seed gives the same. */
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** `database` is emptied and used; its clock must be `time`'s. */
export interface Ground {
  readonly database: MemoryDatabase;
  readonly time: { now: () => number };
}

export async function simulate(ground: Ground, settings: Settings): Promise<Outcome> {
  const random = new Random(settings.seed);
  const clock = new Clock(EPOCH);
  ground.time.now = () => Math.floor(clock.now);
  ground.database.clear();
  const restoreGlobals = installVirtualGlobals({ clock, random });
  const restoreEdges = settings.defect?.edges?.();
  try {
    return await new World(ground, settings, clock, random).run();
  } finally {
    clock.clear();
    restoreEdges?.();
    restoreGlobals();
  }
}

class World {
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #server: Server;
  readonly #faults: StoreFaults;
  readonly #broker: Broker;
  readonly #queueFaults = { lost: 0, twice: 0 };
  readonly #lines: Line[] = [];
  readonly #slotIds: string[][] = [];
  readonly #patientIds: string[] = [];
  readonly #hubs: Hub[] = [];
  readonly #clients: Clients;
  readonly #checked: Checked;
  readonly #honesty: HonestyWatch;
  readonly #trace: (line: string) => void;
  #ids = 0;

  constructor({ database }: Ground, settings: Settings, clock: Clock, random: Random) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    const { trace } = settings;
    this.#trace = trace
      ? (line) => trace(`${((clock.now - EPOCH) / 1_000).toFixed(3).padStart(9)}  ${line}`)
      : () => {};
    this.#faults = { refused: 0, lostBeforeCommit: 0, lostAfterCommit: 0, deathAtStatement: 0, isDown: false };
    this.#broker = new Broker(clock, random, this.#queueFaults);
    const view = new LedgerView(database);
    const late = settings.defect?.writesAttemptsLate ? new LateAttempts(database) : undefined;
    const { rewrite } = new Rewriter(settings.defect);
    this.#server = {
      clock,
      random,
      database,
      faults: this.#faults,
      rewrite: (text) => {
        late?.before(text);
        return rewrite(text);
      },
      committed: () => {
        late?.after();
        this.#honesty.look();
      },
    };
    this.#found(database);
    this.#clients = new Clients({
      clock,
      random,
      newId: () => this.#newId(),
      clients: [1, 2, 3].map((index): Caller => ({
        organizationId: ORGANIZATION,
        clientId: `client-${index}`,
        role: 'app',
      })),
      patientIds: this.#patientIds,
      slotIds: this.#slotIds,
      hubs: () => this.#hubs,
      trace: this.#trace,
      keepsKeys: settings.defect?.keepsKeys ?? true,
    });
    const hospitals = new Map(this.#lines.map(({ hospital }, index) => [this.#connectionIds[index] ?? '', hospital]));
    this.#checked = { view, clients: this.#clients, hospitals };
    this.#honesty = new HonestyWatch(this.#checked);
    for (const { hospital } of this.#lines) {
      hospital.onArrival = ({ transactionId, attempt, write }) => this.#arrival(view, transactionId, attempt, write);
    }
  }

  readonly #connectionIds: string[] = [];
  readonly #unledgered: Violation[] = [];

  /** I4: a request that reaches the HIS is in the ledger by then. */
  #arrival(view: LedgerView, transactionId: string, attempt: number, write: boolean): void {
    if (!view.transaction(transactionId) || view.hasAttempt(transactionId, attempt)) return;
    const what = `attempt ${attempt} of ${transactionId} (${write ? 'a write' : 'a read'}) reached the HIS before the ledger`;
    this.#unledgered.push({ promise: 'I4', what });
  }

  async run(): Promise<Outcome> {
    const { operations } = this.#settings;
    for (let index = 1; index <= PROCESSES; index += 1) this.#startHub(`w${index}`);
    const nemesis = new Nemesis({
      clock: this.#clock,
      random: this.#random,
      lines: this.#lines,
      processes: () => this.#hubs.map(({ process }) => process),
      broker: this.#broker,
      queueFaults: this.#queueFaults,
      storeFaults: this.#faults,
      slotIds: this.#slotIds,
      trace: this.#trace,
    });
    nemesis.start();
    this.#comeIn(operations);
    await this.#clock.run(EPOCH + 3_600_000, () => this.#clients.operations >= operations);
    await this.#clock.run(this.#clock.now + this.#random.between(0, 15_000), () => false);
    nemesis.stop();
    await this.#settle();
    const violations = [...this.#check()];
    // I5: what failed, or is in doubt, is sent once more; what nobody can find out is decided by hand.
    await settleByHand({
      clients: this.#clients,
      checked: this.#checked,
      caller: { organizationId: ORGANIZATION, clientId: 'support', role: 'support' },
      settle: () => this.#settle(),
      trace: this.#trace,
    });
    const open = this.#checked.view
      .transactions()
      .filter(({ state }) => !['succeeded', 'rejected', 'superseded', 'failed'].includes(state));
    violations.push(
      ...open.map(({ id, state }): Violation => ({
        promise: 'I5',
        what: `${id} is ${state} after all was replayed and resolved`,
      })),
    );
    violations.push(...this.#check(), ...this.#honesty.violations, ...this.#unledgered);
    return {
      operations: this.#clients.operations,
      violations: [...new Map(violations.map((each) => [each.what, each])).values()],
      digest: this.#digest(),
      counts: this.#counts(),
    };
  }

  #check(): Violation[] {
    return [checkNothingLost, checkNoDoubleBooking, checkOneEffect, checkOrder, checkSameInTheEnd].flatMap((check) =>
      check(this.#checked),
    );
  }

  /** Operations come in until there were enough. */
  #comeIn(operations: number): void {
    this.#clock.after(this.#random.pauseMs(OPERATION_MEAN_MS), () => {
      if (this.#clients.operations >= operations) return;
      this.#clients.begin();
      this.#comeIn(operations);
    });
  }

  async #settle(): Promise<void> {
    const until = this.#clock.now + SETTLE_MS;
    while (this.#clock.now < until) {
      await this.#clock.run(this.#clock.now + 500, () => false);
      if (this.#clients.underWay === 0 && unsettled(this.#checked.view).length === 0) return;
    }
  }

  #startHub(name: string): void {
    const process = new HubProcess(name, this.#clock, this.#random);
    const adapters = new Map(
      this.#lines.map((line) => {
        const flaws = { retriesLostAnswers: false, ignoresConflicts: false, ...this.#settings.defect?.flaws };
        return [line.hospital.name, simulatedAdapter(line.hospital.name, line, flaws)];
      }),
    );
    const hub = startHub({
      process,
      db: openStore(this.#server, process),
      broker: this.#broker,
      adapters,
      log: this.#logOf(process),
      sweeps: this.#settings.defect?.sweeps ?? true,
      probes: this.#settings.defect?.probes ?? true,
    });
    this.#hubs.push(hub);
    process.onDeath(() => {
      this.#trace(`${name} dies`);
      this.#hubs.splice(this.#hubs.indexOf(hub), 1);
      this.#broker.forget(process);
      this.#clock.after(this.#random.between(300, 3_000), () => this.#startHub(`${name}'`));
    });
  }

  #logOf({ name }: HubProcess): Log {
    if (!this.#settings.trace) return { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const line = (fields: Readonly<Record<string, unknown>>, message: string): void => {
      const { err } = fields;
      const cause = err instanceof Error ? ` [${err.message}]` : '';
      this.#trace(`${name}  ${idsOf(fields)} ${message}${cause}`);
    };
    return { debug: line, info: line, warn: line, error: line };
  }

  /** Clinics, patients and slots. */
  #found(database: MemoryDatabase): void {
    const random = this.#random;
    database.run(`insert into organization (id, key, name) values ($1, 'org', 'Org')`, [ORGANIZATION]);
    for (let index = 0; index < PATIENTS; index += 1) {
      const id = this.#newId();
      this.#patientIds.push(id);
      // The HIS tells persons apart by their family names.
      for (const [text, values] of patientRows(ORGANIZATION, id, id)) database.run(text, values);
    }
    for (let index = 0; index < CONNECTIONS; index += 1) {
      const name = `his${index + 1}`;
      const hospital = new Hospital(name, drawProfile(random), this.#clock, random);
      this.#trace(`${name} ${JSON.stringify(hospital.profile)}`);
      this.#lines.push({ hospital, clock: this.#clock, random, weather: {} });
      this.#openClinic(database, name);
    }
  }

  #openClinic(database: MemoryDatabase, name: string): void {
    const [connectionId, locationId, providerId] = [this.#newId(), this.#newId(), this.#newId()];
    this.#connectionIds.push(connectionId);
    const policy = JSON.stringify(policyOf(this.#settings.defect));
    database.run(
      `insert into connection (id, organization_id, key, name, adapter, managed_by, config, policy)
       values ($1, $2, $3, $3, $3, 'his', $4, $5)`,
      [connectionId, ORGANIZATION, name, JSON.stringify({ url: `http://${name}.sim` }), policy],
    );
    database.run(
      `insert into location (id, organization_id, connection_id, name, time_zone) values ($1, $2, $3, 'L', 'Europe/Berlin')`,
      [locationId, ORGANIZATION, connectionId],
    );
    database.run(
      `insert into provider (id, organization_id, connection_id, given, family) values ($1, $2, $3, $4, 'P')`,
      [providerId, ORGANIZATION, connectionId, ['Dr']],
    );
    const slotIds: string[] = [];
    for (let index = 0; index < SLOTS; index += 1) {
      const id = this.#newId();
      slotIds.push(id);
      const start = EPOCH + 86_400_000 + index * 1_800_000;
      database.run(
        `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, hub_managed)
         values ($1, $2, $3, $4, $5, $6, $7, 'in-person', 'free', false)`,
        [id, ORGANIZATION, connectionId, providerId, locationId, iso(start), iso(start + 1_800_000)],
      );
    }
    this.#slotIds.push(slotIds);
  }

  #newId(): string {
    this.#ids += 1;
    const seed = (this.#settings.seed >>> 0).toString(16).padStart(8, '0');
    return `${seed}-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  #digest(): string {
    const hash = createHash('sha256');
    for (const { type, sequence } of this.#checked.view.eventsAfter(0)) hash.update(`${sequence} ${type}\n`);
    for (const { hospital } of this.#lines) {
      for (const { at, kind, transactionId, appointment } of hospital.effects) {
        hash.update(`${at} ${kind} ${transactionId ?? ''} ${appointment.id}\n`);
      }
    }
    return hash.digest('hex').slice(0, 16);
  }

  #counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { type } of this.#checked.view.eventsAfter(0)) counts[type] = (counts[type] ?? 0) + 1;
    return counts;
  }
}

const idsOf = ({ transactionId, step }: Readonly<Record<string, unknown>>): string =>
  [transactionId, step].filter((each) => typeof each === 'string').join(' ');

const iso = (ms: number): string => new Date(ms).toISOString();

function drawProfile(random: Random): HospitalProfile {
  return {
    lookup: random.pick<LookupProfile>(['key', 'reference', 'patient', 'nothing']),
    movesInPlace: random.chance(0.5),
    hasPatientRegister: random.chance(0.4),
    refusesTaken: random.chance(0.75),
    lagMs: random.pick([0, 400, 2_300]),
    showsSlotAtOnce: random.chance(0.5),
    is503Unprocessed: random.chance(0.5),
    tokenMs: random.pick([5, 50, 1_500]),
  };
}
