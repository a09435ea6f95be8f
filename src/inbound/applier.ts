/**
 * Applies what was kept, in the order of arrival, as long as the process lives: right after a message was kept, and by looking for
 * what another process has left behind. Of each connection one process applies at a time; no message holds up another.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/open-connections.ts';
import { isPassing, type Sql } from '../db/database.ts';
import type { Log } from '../domain/index.ts';
import { holdMessage, settleHeld } from '../ledger/held-message.ts';
import { connectionsWaiting, endWaiting, takeWaiting, type WaitingMessage } from '../ledger/message-queue.ts';
import type { Ledger } from '../ledger/settle.ts';
import { codeToWaitFor } from '../ledger/unmapped-code.ts';
import { applyNotices, type Said } from './apply-notices.ts';
import { KnownNames } from './known-names.ts';
import { readWaiting, type Misread } from './read-waiting.ts';

/** Messages of one database transaction. */
const AT_ONCE = 200;
/**
 * Between two batches of a stream: a batch costs a dozen statements, however few messages are in it, and the answers to those that
 * come in meanwhile have to wait for them. A message that comes alone is applied at once.
 */
const GATHER_MS = 50;
/**
 * While more come than are applied, senders go first: what they have been answered is safe, and what they have not been answered fills
 * their own queues. After a batch its time is left to them so many times over, and the less of it the longer its messages have waited,
 * down to nothing: a stream that never ends is applied as fast as it is taken in.
 */
const REST = 9;
const WAITED_MAX_MS = 5_000;
/** When the senders stop, it is not noticed sooner. */
const REST_MAX_MS = 500;
/** How soon the messages of a process that died are found, and what the database did not take is tried again. */
const LOOK_MS = 500;

export interface ApplierParts {
  readonly ledger: Ledger;
  readonly connections: Connections;
  readonly log: Log;
}

export class Applier {
  readonly #parts: ApplierParts;
  readonly #names = new KnownNames();
  readonly #atWork = new Map<string, { again: boolean; done: Promise<void> }>();
  /** How often in a row those of a connection could not be applied. */
  readonly #failures = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();

  constructor(parts: ApplierParts) {
    this.#parts = parts;
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Something waits for this connection. */
  wake(connectionId: string): void {
    const work = this.#atWork.get(connectionId);
    if (work) work.again = true;
    else if (!this.#stopped) this.#begin(connectionId);
  }

  /** What is being applied is applied to its end; the rest waits for the next process. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#timer);
    await Promise.all([...this.#atWork.values()].map(({ done }) => done));
  }

  #look(): void {
    connectionsWaiting(this.#parts.ledger.db).then(
      (ids) => ids.forEach((id) => this.wake(id)),
      (error: unknown) =>
        this.#parts.log.warn({ err: error }, 'messages that wait were not looked for; tried again soon'),
    );
  }

  #begin(connectionId: string): void {
    const work = { again: false, done: Promise.resolve() };
    this.#atWork.set(connectionId, work);
    work.done = this.#applyAll(connectionId, work)
      .catch((error: unknown) =>
        this.#parts.log.error({ err: error, connectionId }, 'messages of a HIS could not be applied; tried again soon'),
      )
      .finally(() => this.#atWork.delete(connectionId));
  }

  async #applyAll(connectionId: string, work: { again: boolean }): Promise<void> {
    let limit = AT_ONCE;
    do {
      work.again = false;
      const begunAt = performance.now();
      const done = await this.#applySome(connectionId, limit).catch(async (error: unknown) => {
        if (!this.#isOfContent(connectionId, error)) throw error;
        if (limit > 1) return 'smaller' as const;
        this.#parts.log.error({ err: error, connectionId }, 'a message of a HIS could not be applied: it is held');
        await this.#holdFirst(connectionId);
        return { count: 1, waitedMs: 0 };
      });
      if (done === 'smaller') {
        // One of them is at fault: found by halves, so that it is held alone.
        limit = Math.ceil(limit / 4);
        work.again = true;
        continue;
      }
      this.#failures.delete(connectionId);
      // Asked before: that somebody is sending now.
      const isStream = work.again;
      if (done.count === limit) work.again = true;
      if (isStream && done.count < limit) await this.#leave(GATHER_MS);
      else if (isStream) await this.#leave(restAfter(performance.now() - begunAt, done.waitedMs));
      limit = Math.min(AT_ONCE, limit * 4);
    } while (work.again && !this.#stopped);
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Leaves the processor to others, unless this process is to end. */
  async #leave(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  /** Whether one of the messages is at fault, rather than the database or whatever else may pass. */
  #isOfContent(connectionId: string, error: unknown): boolean {
    if (isPassing(error)) return false;
    const state = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
    if (VALUES.test(state)) return true;
    const failures = (this.#failures.get(connectionId) ?? 0) + 1;
    this.#failures.set(connectionId, failures);
    return failures > FAILURES_MAX;
  }

  /** Returns how many were in hand, and how long the first had waited. */
  async #applySome(
    connectionId: string,
    limit: number,
  ): Promise<{ readonly count: number; readonly waitedMs: number }> {
    const { ledger, connections, log } = this.#parts;
    const begunAt = new Date(Date.now() - CLOCKS_APART_MS).toISOString();
    const { connection } = await connections.get(connectionId);
    return ledger.db
      .transaction(async (tx) => {
        const messages = await takeWaiting(tx, ledger.seal, connectionId, limit);
        if (!messages || messages.length === 0) return undefined;
        const read = await readWaiting(connection, messages, log);
        const mentioned = new Set<string>();
        const said = read.flatMap((each): Said[] =>
          'notices' in each
            ? [{ id: each.message.id, notices: this.#names.news(connectionId, each.notices, mentioned) }]
            : [],
        );
        const at = { organizationId: connection.row.organization_id, connectionId };
        if (said.length > 0) await applyNotices(tx, ledger, at, said);
        const ended: WaitingMessage[] = [];
        for (const each of read) {
          if ('notices' in each || (await hold(tx, connection, each.message, each.misread, begunAt)))
            ended.push(each.message);
        }
        await endWaiting(tx, connectionId, ended);
        await settleHeld(
          tx,
          said.map(({ id }) => id),
        );
        return { said, count: messages.length, waitedMs: messages[0]?.waitedMs ?? 0 };
      })
      .then((done) => {
        if (!done) return { count: 0, waitedMs: 0 };
        for (const { notices } of done.said) this.#names.remember(connectionId, notices);
        return done;
      });
  }

  async #holdFirst(connectionId: string): Promise<void> {
    const { ledger, connections } = this.#parts;
    const { connection } = await connections.get(connectionId);
    await ledger.db.transaction(async (tx) => {
      const [message] = (await takeWaiting(tx, ledger.seal, connectionId, 1)) ?? [];
      if (!message) return;
      const detail = 'what it says contradicts what is known: the log says how';
      await hold(tx, connection, message, { code: 'not-applied', detail }, '');
      await endWaiting(tx, connectionId, [message]);
    });
  }
}

const restAfter = (batchMs: number, waitedMs: number): number =>
  Math.min(REST_MAX_MS, batchMs * REST * Math.max(0, 1 - waitedMs / WAITED_MAX_MS));

/** A code is looked up by the clock of this machine, and mapped by that of the database. */
const CLOCKS_APART_MS = 60_000;

/** False: it is to be tried again at once, because its code was mapped meanwhile. */
async function hold(
  tx: Sql,
  { row: { id: connectionId, organization_id: organizationId } }: Connection,
  { id }: WaitingMessage,
  { code, detail, unmapped }: Misread,
  begunAt: string,
): Promise<boolean> {
  const missing = unmapped && { organizationId, connectionId, ...unmapped };
  const unmappedCodeId = missing && (await codeToWaitFor(tx, missing, begunAt));
  if (missing && unmappedCodeId === undefined) return false;
  await holdMessage(tx, { id, organizationId, connectionId }, { code, detail, unmappedCodeId });
  return true;
}

/** Classes of Postgres: a value that does not fit. */
const VALUES = /^2[23]/;
/** Whatever else it is, after so many times in a row it is looked for in the messages, one by one. */
const FAILURES_MAX = 20;
