/** What a behaviour works with: one adapter, connected to a HIS of its own that nobody else uses. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  BookRequest,
  Call,
  CancelRequest,
  Connector,
  Exchange,
  Finding,
  FoundSlot,
  Identifier,
  LookupRequest,
  Manifest,
  Notice,
  Outcome,
  PatientAtHis,
  Person,
  Refusal,
  SlotAtHis,
} from '../adapter-kit/index.ts';
import type { Fault, LookupProfile, RunningSimulator, SimulatedPatient } from '../adapter-kit/simulator/index.ts';
import { NotApplicable, must } from './must.ts';
import { callOnce, connected, type CallOptions, type Called, type Connected } from './call-once.ts';
import { Control } from './control.ts';
import { LossyBook } from './hub-side.ts';
import { interposeHttp, interposeMllp, type Choose } from './interposer.ts';
import { logLines } from './log-lines.ts';
import { openFeed, type HeardFeed } from './heard-feed.ts';
import type { HubSide, Subject } from './subject.ts';

const HOUR_MS = 3_600_000;
/** Slots are looked for from so many hours on: what has begun cannot be booked. */
const SLOTS_FROM_HOURS = 26;
const SLOTS_TO_HOURS = 74;

export interface Written {
  /** What the hub takes it for. */
  readonly outcome: Outcome;
  readonly transactionId: string;
  readonly exchanges: readonly Exchange[];
  readonly lateMs: number | undefined;
}

export interface Looked extends Omit<Written, 'outcome'> {
  readonly finding: Finding | { readonly kind: 'failed'; readonly reason: string };
}

/** An appointment that the HIS holds. */
export interface Held {
  readonly externalId: string;
  readonly slotId: string | undefined;
  readonly status: 'booked' | 'cancelled';
}

export interface Appointment extends BookRequest {
  readonly externalId: string;
  readonly identifiers: readonly Identifier[];
  readonly transactionId: string;
}

interface Sides {
  readonly simulator: RunningSimulator | undefined;
  readonly hub: HubSide | undefined;
  readonly feed: HeardFeed | undefined;
  readonly directory: string;
}

export class Bench {
  readonly subject: Subject;
  readonly at: Connected;
  readonly logged: readonly string[];
  readonly settings: RunningSimulator['connection'];
  /** What a reader of the report should know about a guarantee that holds. */
  remark: string | undefined;
  readonly #sides: Sides;
  readonly #control: Control | undefined;
  readonly #lossy: LossyBook | undefined;
  readonly #log: ReturnType<typeof logLines>['log'];
  readonly #cleanUps: (() => Promise<unknown>)[] = [];
  #slots: SlotAtHis[] | undefined;
  #patient: PatientAtHis | undefined;

  /** `seedDirectory`: the directory of a simulator that was started before, so that this one need not make its keys anew. */
  static async open(subject: Subject, seedDirectory: string | undefined): Promise<Bench> {
    const directory = mkdtempSync(join(tmpdir(), `conformance-${subject.id}-`));
    if (seedDirectory !== undefined) cpSync(seedDirectory, directory, { recursive: true });
    const feed = subject.adapter.manifest.capabilities.includes('ReceivesNotices') ? await openFeed() : undefined;
    const simulator = await subject.startSimulator?.({ directory, seed: 7, ...(feed ? { feedTo: feed.address } : {}) });
    const hub = await subject.openHubSide?.();
    return new Bench(subject, { simulator, hub, feed, directory });
  }

  private constructor(subject: Subject, sides: Sides) {
    this.subject = subject;
    this.#sides = sides;
    const { log, lines } = logLines();
    this.#log = log;
    this.logged = lines;
    const { simulator, hub, feed } = sides;
    const settings = simulator?.connection ?? { name: subject.id, config: {}, secrets: {} };
    const config = simulator && subject.configAt?.(simulator.url);
    this.settings = config === undefined ? settings : { ...settings, config };
    this.#control = simulator && new Control(simulator.controlUrl);
    this.#lossy = hub && new LossyBook(hub.book);
    this.at = this.connect(this.settings.config);
    feed?.listen((message) => this.#receive(message));
  }

  get manifest(): Manifest {
    return this.subject.adapter.manifest;
  }

  get connector(): Connector {
    return this.at.connector;
  }

  get his(): Control {
    if (this.#control === undefined) throw new NotApplicable('the hub itself keeps the book: there is no HIS to ask');
    return this.#control;
  }

  /** A further connector, with the same HIS behind it. */
  connect(config: Readonly<Record<string, unknown>>, marking?: (call: Call) => Call): Connected {
    const ports = {
      hubBook: this.#lossy?.book,
      feed: this.#sides.feed?.feed,
      recordUnwell: () => Promise.resolve(),
    };
    return connected(this.subject, { config, secrets: this.settings.secrets }, ports, marking);
  }

  /** A further connector whose requests are answered as `choose` says, or by the HIS. */
  async interposed(choose: Choose): Promise<Connected> {
    const { url } = this.#simulator();
    const port = Number(new URL(url).port);
    const interposer = await (url.startsWith('http') ? interposeHttp(port) : interposeMllp(port));
    this.#cleanUps.push(() => interposer.close());
    interposer.play(choose);
    const at = this.connect(withPort(this.settings.config, port, interposer.port), interposer.marking);
    this.#cleanUps.push(() => at.connection.close());
    return at;
  }

  async write(
    work: (call: Call, connector: Connector) => Promise<Outcome>,
    options: CallOptions = {},
  ): Promise<Written> {
    const { came, ...called } = await this.call(work, options);
    return { ...called, outcome: 'value' in came ? came.value : came.refusal };
  }

  call<T>(work: (call: Call, connector: Connector) => Promise<T>, options: CallOptions = {}): Promise<Called<T>> {
    const at = options.at ?? this.at;
    return callOnce(at, this.#log, options, (call) => work(call, at.connector));
  }

  book(request: BookRequest, options?: CallOptions): Promise<Written> {
    return this.write((call, connector) => connector.book(call, request), options);
  }

  cancel(request: CancelRequest, options?: CallOptions): Promise<Written> {
    return this.write((call, connector) => connector.cancel(call, request), options);
  }

  async look(request: LookupRequest, transactionId: string, options: CallOptions = {}): Promise<Looked> {
    const { came, ...called } = await this.call((call, connector) => connector.lookup(call, request), {
      ...options,
      transactionId,
    });
    return { ...called, finding: 'value' in came ? came.value : { kind: 'failed', reason: came.refusal.reason } };
  }

  /** Everything a list gives, or the refusal that ended it. */
  async list<Item>(
    pages: (call: Call, connector: Connector) => AsyncIterable<readonly Item[]> | undefined,
    options?: CallOptions,
  ): Promise<{
    readonly items: Item[];
    readonly pageSizes: number[];
    readonly refusal?: Refusal;
    readonly lateMs: number | undefined;
  }> {
    const items: Item[] = [];
    const pageSizes: number[] = [];
    const { came, lateMs } = await this.call(async (call, connector) => {
      for await (const page of pages(call, connector) ?? []) {
        items.push(...page);
        pageSizes.push(page.length);
      }
    }, options);
    return { items, pageSizes, lateMs, ...('refusal' in came ? { refusal: came.refusal } : {}) };
  }

  /** Free slots that no other part of this behaviour has; in one location, ascending. */
  async slots(count: number): Promise<SlotAtHis[]> {
    this.#slots ??= await this.#findSlots();
    const taken = this.#slots.splice(0, count);
    must(taken.length === count, `the sandbox offers ${taken.length} slots where ${count} are needed`);
    return taken;
  }

  async slot(): Promise<SlotAtHis> {
    const [slot] = await this.slots(1);
    if (slot === undefined) throw new Error('slots(1) gave none');
    return slot;
  }

  async #findSlots(): Promise<SlotAtHis[]> {
    const { hub } = this.#sides;
    if (hub) return [...hub.slots];
    const at = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString();
    const window = { from: at(SLOTS_FROM_HOURS), to: at(SLOTS_TO_HOURS) };
    return (await this.slotsIn(window)).toSorted((a, b) => a.start.localeCompare(b.start));
  }

  /** As the adapter finds them; where it cannot look for slots, as the HIS holds them. */
  async slotsIn(window: { readonly from: string; readonly to: string }): Promise<SlotAtHis[]> {
    const { locations } = await this.his.world();
    const atHis = (slot: FoundSlot): SlotAtHis => ({
      ...slot,
      timeZone: locations.find(({ id }) => id === slot.locationExternalId)?.timeZone ?? locations[0]?.timeZone ?? 'UTC',
      mode: slot.mode ?? 'in-person',
      details: slot.details ?? {},
      seat: 1,
    });
    if (this.connector.findSlots === undefined) {
      const held = await this.his.freeSlots(window.from, window.to);
      return held.map(({ id, providerId, locationId, start, end, mode }) =>
        atHis({ externalId: id, providerExternalId: providerId, locationExternalId: locationId, start, end, mode }),
      );
    }
    const { items, refusal } = await this.list((call, connector) => connector.findSlots?.(call, window));
    must(refusal === undefined, `slots could not be found: ${refusal?.class} ${refusal?.reason}`);
    return items.map(atHis);
  }

  /** Somebody whom the HIS knows. */
  async patient(): Promise<PatientAtHis> {
    this.#patient ??= this.#control === undefined ? ofTheHub : asPatient((await this.his.world()).patients[0]);
    return this.#patient;
  }

  async booking(slot?: SlotAtHis): Promise<BookRequest> {
    const wanted = slot ?? (await this.slot());
    return { slot: wanted, patient: await this.patient(), mode: wanted.mode, reason: null };
  }

  /** An appointment that stands. */
  async booked(slot?: SlotAtHis): Promise<Appointment> {
    const request = await this.booking(slot);
    const { outcome, transactionId } = await this.book(request);
    must(outcome.class === 'success', `a free slot could not be booked: ${wordsOf(outcome)}`);
    return { ...request, externalId: outcome.externalId, identifiers: outcome.identifiers ?? [], transactionId };
  }

  /** What the HIS holds for a transaction. */
  async effectsOf(transactionId: string): Promise<Held[]> {
    if (this.#lossy === undefined) {
      const effects = await this.his.effects();
      return effects
        .filter((each) => each.transactionId === transactionId)
        .map(({ vendorId, slotId, status }) => ({ externalId: vendorId, slotId, status }));
    }
    const entry = await this.#lossy.book.findByTransaction(transactionId);
    return entry === undefined ? [] : [held(entry)];
  }

  /** The appointment as the HIS holds it. */
  async holding(externalId: string): Promise<Held | undefined> {
    if (this.#lossy === undefined) {
      const found = (await this.his.effects()).find(({ vendorId }) => vendorId === externalId);
      return found && { externalId, slotId: found.slotId, status: found.status };
    }
    const entry = await this.#lossy.book.read(externalId);
    return entry && held(entry);
  }

  /** Somebody else books the slot. */
  async takeSlot(slot: SlotAtHis): Promise<void> {
    if (this.#lossy === undefined)
      return void (await this.his.edit({ op: 'book-outside', externalId: slot.externalId }));
    await this.write((call, connector) =>
      connector.book(call, { slot, patient: ofTheHub, mode: slot.mode, reason: null }),
    );
  }

  async fault(fault: Fault): Promise<void> {
    if (this.#lossy === undefined) return this.his.fault(fault);
    if (fault.fault === 'reset-after-commit') return this.#lossy.lose('after');
    if (fault.fault === 'reset-before') return this.#lossy.lose('before');
    throw new NotApplicable('the hub itself keeps the book: no reply of a HIS can go wrong in this way');
  }

  async profile(lookup: LookupProfile): Promise<void> {
    if (this.#lossy === undefined) return this.his.profile(lookup);
    if (lookup !== 'by-tag')
      throw new NotApplicable('the hub itself keeps the book: it can always be searched by transaction');
  }

  /** Undoes what `open` did; does not throw. */
  async close(): Promise<void> {
    const { simulator, feed, directory } = this.#sides;
    await Promise.allSettled([...this.#cleanUps.toReversed().map((each) => each()), this.at.connection.close()]);
    await Promise.allSettled([simulator?.stop(), feed?.close()]);
    rmSync(directory, { recursive: true, force: true });
  }

  /** What the HIS has told by itself, in order. */
  get told(): readonly Notice[] {
    return this.#sides.feed?.notices ?? [];
  }

  get speaks(): 'http' | 'mllp' | undefined {
    const url = this.#sides.simulator?.url;
    if (url === undefined) return undefined;
    return url.startsWith('http') ? 'http' : 'mllp';
  }

  #simulator(): RunningSimulator {
    const { simulator } = this.#sides;
    if (simulator === undefined)
      throw new NotApplicable('the hub itself keeps the book: there is no HIS to stand before');
    return simulator;
  }

  async #receive(message: Uint8Array) {
    const { came } = await this.call(async (call, connector) => connector.receive?.(call, message));
    return 'value' in came ? came.value : undefined;
  }
}

export const wordsOf = (outcome: Outcome): string =>
  outcome.class === 'success' ? 'success' : `${outcome.class} ${outcome.reason}`;

const ofTheHub: PatientAtHis = {
  externalId: '0197f3a2-6c1e-7b44-9d0a-3f1f6c1d2a55',
  name: { given: ['Ada'], family: 'Bauer' },
  birthDate: '1984-05-23',
  email: null,
  phone: null,
  address: null,
  identifiers: [],
};

export function personOf({ name, birthDate, email, phone, address, identifiers }: SimulatedPatient): Person {
  return { name, birthDate, email: email ?? null, phone: phone ?? null, address: address ?? null, identifiers };
}

function asPatient(patient: SimulatedPatient | undefined): PatientAtHis {
  if (patient === undefined) throw new Error('the simulated hospital has no patient');
  return { externalId: patient.id, ...personOf(patient) };
}

const held = ({ entryId, status }: { entryId: string; status: 'booked' | 'struck' }): Held => ({
  externalId: entryId,
  slotId: undefined,
  status: status === 'booked' ? 'booked' : 'cancelled',
});

/** The same settings, but for another port on this machine. */
function withPort(
  config: Readonly<Record<string, unknown>>,
  from: number,
  to: number,
): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(config, (_, value: unknown) => (value === from ? to : value));
  return JSON.parse(text.replaceAll(`127.0.0.1:${from}`, `127.0.0.1:${to}`)) as Record<string, unknown>;
}
