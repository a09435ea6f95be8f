/**
 * Loaded into a process of the hub before its program (`node --import`): counts every write to a socket on the route of one
 * operation, and kills the process at the one that it was told. What is not on the route (sweeps, polls, probes) is not counted.
 *
 * CHAOS_CRASH_AT: the number of the write, from 1; 0: none, only count. CHAOS_CRASH_WHEN: `before` its bytes leave, or `sent`: they
 * have left, and no answer is heard. CHAOS_CRASH_FILE: where each write is noted, one line of JSON each.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import { Server, type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { QueueRuns } from '../../src/db/queue-runs.ts';

const AT = Number(process.env['CHAOS_CRASH_AT'] ?? 0);
const WHEN = process.env['CHAOS_CRASH_WHEN'] ?? 'before';
const FILE = process.env['CHAOS_CRASH_FILE'] ?? '';
/** A kernel hands over in microseconds; an answer is not read meanwhile, because nothing runs. */
const LEAVE_MS = 15;

/** A request that asks for it is the route of an API process. */
const MARK = 'x-chaos-crash';

const route = new AsyncLocalStorage<true>();
const bornAt = Date.now();
let written = 0;

/** Ids are UUIDv7: what was asked for before this process began is not the operation at hand. */
const isNew = (id: string): boolean => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) >= bornAt;

const start = QueueRuns.prototype.start;
QueueRuns.prototype.start = function (transactionId: string): void {
  if (isNew(transactionId)) route.run(true, () => start.call(this, transactionId));
  else start.call(this, transactionId);
};

const emit = Server.prototype.emit;
Server.prototype.emit = function (this: Server, event: string | symbol, ...given: unknown[]): boolean {
  const [request] = given as [IncomingMessage | undefined];
  const isMarked = event === 'request' && request?.headers[MARK] !== undefined;
  const go = (): boolean => Reflect.apply(emit, this, [event, ...given]) as boolean;
  return isMarked ? route.run(true, go) : go();
};

type Written = (this: Socket, ...given: unknown[]) => unknown;
/** Not public: every write of every socket goes through it, with or without a gathering of several. */
const WRITE = '_writeGeneric';
const inside = Socket.prototype as unknown as { [WRITE]: Written };
const write = inside[WRITE];
inside[WRITE] = function (...given): unknown {
  if (route.getStore() === undefined) return write.apply(this, given);
  written += 1;
  appendFileSync(FILE, `${JSON.stringify({ nth: written, port: this.remotePort, local: this.localPort })}\n`);
  if (written !== AT) return write.apply(this, given);
  if (WHEN === 'sent') {
    write.apply(this, given);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LEAVE_MS);
  }
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way: nothing of ours may run any more.
  for (;;);
};
