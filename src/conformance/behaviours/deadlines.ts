/** A deadline ends a call, whatever it was doing; and a connector that is closed leaves nothing behind. */
import { createHook } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Behaviour } from '../behaviour.ts';
import { must, mustBe } from '../must.ts';
import type { Bench } from '../bench.ts';
import { asBook } from '../unknown.ts';
import { personOf } from '../simulated-side.ts';

const DEADLINE_MS = 300;
const LATE_MS_MAX = 250;
const LEAK_PATIENCE_MS = 1_500;

/** Every method that this connector has, as a call that the HIS never answers. */
async function* calls(bench: Bench): AsyncGenerator<readonly [string, () => Promise<number | undefined>]> {
  const appointment = await bench.booked();
  const request = await bench.booking();
  const [to] = await bench.slots(1);
  const [patient] = (await bench.his.world()).patients;
  const options = { deadlineMs: DEADLINE_MS };
  const late = async (work: Parameters<Bench['call']>[0]): Promise<number | undefined> =>
    (await bench.call(work, options)).lateMs;
  const each = async (pages: AsyncIterable<unknown> | undefined): Promise<void> => {
    for await (const page of pages ?? []) void page;
  };
  const window = { from: request.slot.start, to: new Date(Date.parse(request.slot.start) + 86_400_000).toISOString() };
  yield ['book', () => late((call, connector) => connector.book(call, request))];
  yield ['cancel', () => late((call, connector) => connector.cancel(call, appointment))];
  yield ['lookup', () => late((call, connector) => connector.lookup(call, asBook(request)))];
  const { connector } = bench;
  if (connector.findSlots) yield ['findSlots', () => late((call) => each(connector.findSlots?.(call, window)))];
  if (connector.listProviders) yield ['listProviders', () => late((call) => each(connector.listProviders?.(call)))];
  if (connector.listLocations) yield ['listLocations', () => late((call) => each(connector.listLocations?.(call)))];
  if (connector.check) yield ['check', () => late((call) => each(connector.check?.(call)))];
  if (connector.reschedule && to)
    yield ['reschedule', () => late(async (call) => connector.reschedule?.(call, { ...appointment, to }))];
  if (connector.hold)
    yield ['hold', () => late(async (call) => connector.hold?.(call, { slot: request.slot, release: false }))];
  if (patient === undefined) return;
  if (connector.matchPatient)
    yield ['matchPatient', () => late(async (call) => connector.matchPatient?.(call, personOf(patient)))];
  if (connector.createPatient)
    yield ['createPatient', () => late(async (call) => connector.createPatient?.(call, personOf(patient)))];
  if (connector.updatePatient)
    yield ['updatePatient', () => late(async (call) => connector.updatePatient?.(call, request.patient))];
}

export const deadlines: readonly Behaviour[] = [
  {
    id: 'abort',
    title: `every call ends within ${LATE_MS_MAX} ms of its deadline`,
    needs: ['HIS'],
    alone: true,
    async run(bench) {
      for await (const [method, call] of calls(bench)) {
        await bench.fault({ on: 'any', fault: 'timeout-before' });
        const lateMs = await call();
        // Undefined: it had its answer from what it keeps, and asked nobody.
        must((lateMs ?? 0) <= LATE_MS_MAX, `${method}() ended ${Math.round(lateMs ?? 0)} ms after its deadline`);
        await bench.his.clearFaults();
      }
    },
  },
  {
    id: 'nothing-left-open',
    title: 'after close no socket, server or timer of the connector keeps the process alive',
    alone: true,
    async run(bench) {
      const request = await bench.booking();
      // The hub's own book is a pool of database connections, with timers that are not the connector's.
      const watch = new Watch(bench.speaks !== undefined);
      const at = bench.connect(bench.side.settings.config);
      await bench.book(request, { at });
      await at.connection.close();
      let left = watch.left();
      for (const until = Date.now() + LEAK_PATIENCE_MS; left.length > 0 && Date.now() < until; left = watch.left()) {
        await delay(50);
      }
      watch.end();
      mustBe(left, [], 'what is left open');
    },
  },
];

/** What was opened since it began and keeps the process alive. An idle connection of Node's own fetch does not. */
class Watch {
  readonly #before = new Set(handlesNow());
  readonly #timers: object[] = [];
  readonly #hook = createHook({
    init: (_, type, __, resource) => {
      if (type === 'Timeout') this.#timers.push(resource);
    },
  });

  constructor(timersToo: boolean) {
    if (timersToo) this.#hook.enable();
  }

  left(): string[] {
    const handles = handlesNow().filter((each) => !this.#before.has(each) && !isAccepted(each));
    const timers = this.#timers.filter(isPending);
    return [...handles, ...timers].map((each) => each.constructor.name);
  }

  end(): void {
    this.#hook.disable();
  }
}

function handlesNow(): object[] {
  const list: unknown = Reflect.get(process, '_getActiveHandles');
  return typeof list === 'function' ? (Reflect.apply(list, process, []) as object[]) : [];
}

/** The simulator's end of a connection, in this very process. */
const isAccepted = (handle: object): boolean =>
  handle.constructor.name === 'Socket' && Reflect.get(handle, 'server') != null;

/** The loop's own pauses have ended by the time that it asks. */
const isPending = (timer: object): boolean =>
  Reflect.get(timer, '_destroyed') === false &&
  'hasRef' in timer &&
  Reflect.apply(timer.hasRef as () => boolean, timer, []);
