/** What a behaviour works with: one adapter, connected to a HIS of its own that nobody else uses. */
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
  Refusal,
  RescheduleRequest,
  SlotAtHis,
} from '../adapter-kit/index.ts';
import type { Fault } from '../adapter-kit/simulator/index.ts';
import { callOnce, connected, type CallOptions, type Called, type Connected } from './call-once.ts';
import type { Control } from './control.ts';
import { openHubSide } from './hub-side.ts';
import { interposeHttp, interposeMllp, type Choose, type Passing } from './interposer.ts';
import { logLines } from './log-lines.ts';
import { must, NotApplicable } from './must.ts';
import type { Side, Window } from './side.ts';
import { openSimulatedSide } from './simulated-side.ts';
import type { Subject } from './subject.ts';

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

export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly pages: number;
  /** What ended the list, when it did not end well. */
  readonly refusal: Refusal | undefined;
}

export interface Appointment extends BookRequest {
  readonly externalId: string;
  readonly identifiers: readonly Identifier[];
  readonly transactionId: string;
}

type Pages<Item> = (call: Call, connector: Connector) => AsyncIterable<readonly Item[]> | undefined;

export class Bench {
  readonly subject: Subject;
  readonly side: Side;
  readonly at: Connected;
  readonly logged: readonly string[];
  /** What a reader of the report should know about a guarantee that holds. */
  remark: string | undefined;
  readonly #log: ReturnType<typeof logLines>['log'];
  readonly #cleanUps: (() => Promise<unknown>)[] = [];
  #slots: SlotAtHis[] | undefined;

  static async open(subject: Subject, seedDirectory: string | undefined): Promise<Bench> {
    const { startSimulator, openHubBook } = subject;
    if (startSimulator) return new Bench(subject, await openSimulatedSide(startSimulator, subject, seedDirectory));
    if (openHubBook) return new Bench(subject, openHubSide(subject.id, await openHubBook()));
    throw new Error(`${subject.id} has neither a simulator nor the hub's own book to work with`);
  }

  private constructor(subject: Subject, side: Side) {
    this.subject = subject;
    this.side = side;
    const { log, lines } = logLines();
    this.#log = log;
    this.logged = lines;
    this.at = this.connect(side.settings.config);
    side.feed?.listen(async (message) => {
      const { came } = await this.call(async (call, connector) => connector.receive?.(call, message));
      return 'value' in came ? came.value : undefined;
    });
  }

  get manifest(): Manifest {
    return this.subject.adapter.manifest;
  }

  get connector(): Connector {
    return this.at.connector;
  }

  get speaks(): 'http' | 'mllp' | undefined {
    return this.side.his?.speaks;
  }

  get his(): Control {
    return this.#his().control;
  }

  /** What the HIS has told by itself, in order. */
  get told(): readonly Notice[] {
    return this.side.feed?.notices ?? [];
  }

  /** A further connector, with the same HIS behind it. */
  connect(config: Readonly<Record<string, unknown>>, marking?: (call: Call) => Call): Connected {
    const { settings, hubBook, feed } = this.side;
    const ports = { hubBook, feed: feed?.feed, recordUnwell: () => Promise.resolve() };
    return connected(this.subject, { config, secrets: settings.secrets }, ports, marking);
  }

  /** A further connector whose requests are answered as `choose` says, or by the HIS; how its answers arrive is for MLLP. */
  async interposed(choose: Choose, passing?: Passing): Promise<Connected> {
    const { speaks, port } = this.#his();
    const interposer = await (speaks === 'http' ? interposeHttp(port) : interposeMllp(port, passing));
    this.#cleanUps.push(() => interposer.close());
    interposer.play(choose);
    const at = this.connect(withPort(this.side.settings.config, port, interposer.port), interposer.marking);
    this.#cleanUps.push(() => at.connection.close());
    return at;
  }

  call<T>(
    work: (call: Call, connector: Connector) => Promise<T>,
    { at = this.at, ...options }: CallOptions = {},
  ): Promise<Called<T>> {
    return callOnce(at, this.#log, options, (call) => work(call, at.connector));
  }

  async write(
    work: (call: Call, connector: Connector) => Promise<Outcome> | undefined,
    options?: CallOptions,
  ): Promise<Written> {
    const { came, ...called } = await this.call((call, connector) => work(call, connector) ?? missing(), options);
    return { ...called, outcome: 'value' in came ? came.value : came.refusal };
  }

  book(request: BookRequest, options?: CallOptions): Promise<Written> {
    return this.write((call, connector) => connector.book(call, request), options);
  }

  cancel(request: CancelRequest, options?: CallOptions): Promise<Written> {
    return this.write((call, connector) => connector.cancel(call, request), options);
  }

  reschedule(request: RescheduleRequest, options?: CallOptions): Promise<Written> {
    return this.write((call, connector) => connector.reschedule?.(call, request), options);
  }

  async look(request: LookupRequest, transactionId: string, options: CallOptions = {}): Promise<Looked> {
    const { came, ...called } = await this.call((call, connector) => connector.lookup(call, request), {
      ...options,
      transactionId,
    });
    return { ...called, finding: 'value' in came ? came.value : { kind: 'failed', reason: came.refusal.reason } };
  }

  async list<Item>(pagesOf: Pages<Item>, options?: CallOptions): Promise<Listed<Item>> {
    const items: Item[] = [];
    let pages = 0;
    const { came } = await this.call(async (call, connector) => {
      for await (const page of pagesOf(call, connector) ?? []) {
        items.push(...page);
        pages += 1;
      }
    }, options);
    return { items, pages, refusal: 'refusal' in came ? came.refusal : undefined };
  }

  /** Free slots that no other part of this behaviour has; ascending by start. */
  async slots(count: number): Promise<SlotAtHis[]> {
    const at = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString();
    this.#slots ??= await this.slotsIn({ from: at(SLOTS_FROM_HOURS), to: at(SLOTS_TO_HOURS) });
    const taken = this.#slots.splice(0, count);
    must(taken.length === count, `the sandbox offers ${taken.length} slots where ${count} are needed`);
    return taken;
  }

  async slot(): Promise<SlotAtHis> {
    const [slot] = await this.slots(1);
    if (slot === undefined) throw new Error('slots(1) gave none');
    return slot;
  }

  /** As the adapter finds them; where it cannot look for slots, as the other side holds them. Ascending by start. */
  async slotsIn(window: Window): Promise<SlotAtHis[]> {
    const held = await this.side.slotsIn(window);
    if (this.connector.findSlots === undefined) return held.toSorted(byStart);
    const { items, refusal } = await this.list((call, connector) => connector.findSlots?.(call, window));
    must(refusal === undefined, `slots could not be found: ${refusal?.class} ${refusal?.reason}`);
    const zoneOf = ({ externalId }: FoundSlot): string =>
      held.find((each) => each.externalId === externalId)?.timeZone ?? 'UTC';
    return items
      .map((slot): SlotAtHis => ({
        ...slot,
        timeZone: zoneOf(slot),
        mode: slot.mode ?? 'in-person',
        details: slot.details ?? {},
        seat: 1,
      }))
      .toSorted(byStart);
  }

  patient(): Promise<PatientAtHis> {
    return this.side.patient();
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

  /** Undone when the bench is closed. */
  cleanUp(undo: () => Promise<unknown>): void {
    this.#cleanUps.push(undo);
  }

  async fault(fault: Fault): Promise<void> {
    await this.side.fault(fault);
  }

  /** Undoes what `open` did; does not throw. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#cleanUps.toReversed().map((each) => each()), this.at.connection.close()]);
    await Promise.allSettled([this.side.close()]);
  }

  #his(): NonNullable<Side['his']> {
    const { his } = this.side;
    if (his === undefined) throw new NotApplicable('the hub itself keeps the book: there is no HIS to talk to');
    return his;
  }
}

export const wordsOf = (outcome: Outcome): string =>
  outcome.class === 'success' ? 'success' : `${outcome.class} ${outcome.reason}`;

const byStart = (a: SlotAtHis, b: SlotAtHis): number => Date.parse(a.start) - Date.parse(b.start);

function missing(): never {
  throw new Error('a method that the manifest declares is missing');
}

/** The same settings, but for another port on this machine. */
function withPort(
  config: Readonly<Record<string, unknown>>,
  from: number,
  to: number,
): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(config, (_, value: unknown) => (value === from ? to : value));
  return JSON.parse(text.replaceAll(`127.0.0.1:${from}`, `127.0.0.1:${to}`)) as Record<string, unknown>;
}
