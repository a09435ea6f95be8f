/**
 * The hub's callers: they book, hold, move, cancel, race for one slot, replay, and ask again, with the same key, as long as
 * they have no answer. They see answers only.
 */
import type { Answer } from '../../../src/commands/answer-once.ts';
import { HubError, type Caller } from '../../../src/domain/index.ts';
import type { Clock } from './clock.ts';
import type { Asked, Hub } from './hub.ts';
import type { Accepted, Entry } from './journal.ts';
import type { Random } from './random.ts';

const ANSWER_TIMEOUT_MS = 8_000;

export interface Callers {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly clients: readonly Caller[];
  readonly patientIds: readonly string[];
  /** Of one connection each. */
  readonly slotIds: readonly (readonly string[])[];
  readonly hubs: () => readonly Hub[];
  readonly trace: (line: string) => void;
  /** False: a client that asks again asks anew. */
  readonly keepsKeys: boolean;
}

class NoAnswer extends Error {
  constructor() {
    super('no answer');
  }
}

export class Clients {
  readonly journal: Entry[] = [];
  /** Keys that stand for two changes. */
  readonly answeredTwice: string[] = [];
  readonly #callers: Callers;
  #operations = 0;
  #underWay = 0;

  constructor(callers: Callers) {
    this.#callers = callers;
  }

  /** Operations begun. */
  get operations(): number {
    return this.#operations;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Begins one operation, or several of a race. */
  begin(): void {
    const { random } = this.#callers;
    const kind = random.weighted({ book: 42, hold: 8, race: 4, cancel: 18, reschedule: 18, replay: 10 });
    if (kind === 'race') this.#race();
    else this.#start(() => this.#one(kind));
  }

  /** Asks the hub until there is an answer: for what a person does by hand. */
  async insist<T>(ask: (hub: Hub) => Promise<T>, entry?: Entry): Promise<T | HubError> {
    const { clock, random } = this.#callers;
    for (;;) {
      try {
        return await this.#request(ask);
      } catch (error) {
        if (error instanceof HubError && error.code !== 'idempotency-in-progress') return error;
        if (entry) entry.unheard += 1;
        this.#callers.trace(`client  asks again: ${error instanceof Error ? error.message : String(error)}`);
        await clock.wait(random.between(200, 1_500));
      }
    }
  }

  accepted(): Accepted[] {
    return this.journal.flatMap(({ answer }) => (answer?.kind === 'accepted' ? [answer] : []));
  }

  #start(work: () => Promise<void>): void {
    this.#operations += 1;
    this.#underWay += 1;
    void work().finally(() => (this.#underWay -= 1));
  }

  async #one(kind: 'book' | 'hold' | 'cancel' | 'reschedule' | 'replay'): Promise<void> {
    const { random, slotIds } = this.#callers;
    const caller = random.pick(this.#callers.clients);
    const connection = random.below(slotIds.length);
    const slotId = random.pick(slotIds[connection] ?? []);
    if (kind === 'book') return this.#book(caller, slotId, undefined);
    if (kind === 'hold') {
      const hold = await this.insist((hub) => hub.hold(caller, slotId));
      return this.#book(caller, slotId, typeof hold === 'string' ? hold : undefined);
    }
    const known = this.accepted();
    if (known.length === 0) return this.#book(caller, slotId, undefined);
    const about = random.pick(known);
    if (kind === 'cancel') {
      const id = about.appointmentId;
      return this.#change({ kind, caller, slotId: undefined }, (hub, asked) => hub.cancel(asked, id));
    }
    if (kind === 'reschedule') {
      const id = about.appointmentId;
      return this.#change({ kind, caller, slotId }, (hub, asked) => hub.reschedule(asked, id, slotId));
    }
    await this.insist((hub) => hub.replay(caller, about.transactionId));
  }

  /** Several clients want one slot: one books, others move into it. */
  #race(): void {
    const { random, slotIds, clients } = this.#callers;
    const slotId = random.pick(random.pick(slotIds));
    for (let runner = 2 + random.below(4); runner > 0; runner -= 1) {
      this.#start(() => {
        const known = this.accepted();
        if (known.length === 0 || random.chance(0.7)) return this.#book(random.pick(clients), slotId, undefined);
        const { appointmentId } = random.pick(known);
        return this.#change({ kind: 'reschedule', caller: random.pick(clients), slotId }, (hub, asked) =>
          hub.reschedule(asked, appointmentId, slotId),
        );
      });
    }
  }

  #book(caller: Caller, slotId: string, holdId: string | undefined): Promise<void> {
    const patientId = this.#callers.random.pick(this.#callers.patientIds);
    return this.#change({ kind: 'book', caller, slotId }, (hub, asked) =>
      hub.book(asked, { slotId, patientId, ...(holdId !== undefined && { holdId }) }),
    );
  }

  async #change(
    what: { readonly kind: Entry['kind']; readonly caller: Caller; readonly slotId: string | undefined },
    ask: (hub: Hub, asked: Asked) => Promise<Answer>,
  ): Promise<void> {
    const { random, newId, keepsKeys, trace } = this.#callers;
    const { kind, caller, slotId } = what;
    const entry: Entry = {
      kind,
      client: caller.clientId,
      key: newId(),
      slotId,
      asked: [],
      unheard: 0,
      answer: undefined,
    };
    this.journal.push(entry);
    const waitMs = random.chance(0.3) ? 1_000 : 0;
    const once = (): Promise<Answer | HubError> =>
      this.insist((hub) => {
        const asked = { caller, transactionId: newId(), key: keepsKeys ? entry.key : newId(), waitMs };
        entry.asked.push(asked.transactionId);
        return ask(hub, asked);
      }, entry);
    const answers = await Promise.all(random.chance(0.05) ? [once(), once()] : [once()]);
    for (const answer of answers) this.#note(entry, answer);
    trace(`client  ${kind} ${entry.key} of ${String(slotId)}: ${JSON.stringify(entry.answer)}`);
  }

  #note(entry: Entry, answer: Answer | HubError): void {
    const before = entry.answer;
    const now = read(answer);
    entry.answer = before?.kind === 'accepted' ? before : now;
    if (before?.kind !== 'accepted' || now.kind !== 'accepted') return;
    if (before.transactionId !== now.transactionId) this.answeredTwice.push(entry.key);
  }

  /** One request to one process; without an answer when the process dies, when the way is lost, or when it takes too long. */
  #request<T>(ask: (hub: Hub) => Promise<T>): Promise<T> {
    const { clock, random, hubs } = this.#callers;
    const alive = hubs().filter(({ process }) => !process.isDead);
    if (alive.length === 0) return Promise.reject(new NoAnswer());
    const hub = random.pick(alive);
    return new Promise<T>((resolve, reject) => {
      const timeout = clock.after(ANSWER_TIMEOUT_MS, () => reject(new NoAnswer()));
      const answered = (work: () => void): void => {
        clock.after(random.between(1, 10), () => {
          timeout.cancel();
          work();
        });
      };
      hub.process.onDeath(() => answered(() => reject(new NoAnswer())));
      clock.after(random.between(1, 10), () => {
        hub.process.deliver(() => {
          ask(hub).then(
            (value) => answered(() => resolve(value)),
            (error: unknown) => answered(() => reject(error instanceof Error ? error : new Error(String(error)))),
          );
        });
      });
    });
  }
}

function read(answer: Answer | HubError): NonNullable<Entry['answer']> {
  if (answer instanceof HubError) return { kind: 'refused', code: answer.code };
  const { appointmentId, transactionId, code } = answer.body as Record<string, string | undefined>;
  if (appointmentId === undefined || transactionId === undefined) return { kind: 'refused', code: code ?? 'unknown' };
  return { kind: 'accepted', appointmentId, transactionId };
}
