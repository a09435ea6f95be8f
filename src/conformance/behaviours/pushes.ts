/** A HIS that posts by itself what changes: the adapter says where to look, under a key by which a repeat is known. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pushed, PushedChange, ReceivedPush } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { must, mustBe, NotApplicable } from '../must.ts';
import { openPushEar, type PushEar } from '../push-ear.ts';

const PATIENCE_MS = 5_000;
const PAUSE_MS = 20;
const SECRET = 'the-secret-of-the-simulated-his';

async function listen(bench: Bench): Promise<PushEar> {
  const ear = await openPushEar(SECRET);
  bench.cleanUp(() => ear.close());
  await bench.his.push(ear.url, SECRET);
  return ear;
}

async function read(bench: Bench, pushed: Pushed): Promise<ReceivedPush> {
  const { came } = await bench.call(async (call, connector) => connector.receivePush?.(call, pushed));
  if ('refusal' in came) {
    if (came.refusal.reason === 'no-pushes') throw new NotApplicable('these settings name nothing that is pushed');
    must(false, `what the HIS pushed cannot be read: ${came.refusal.reason}`);
  }
  must(came.value !== undefined, 'receivePush gives nothing');
  return came.value;
}

/** Everything that was posted until one names a wanted change. */
async function until(
  bench: Bench,
  ear: PushEar,
  wanted: (change: PushedChange) => boolean,
  what: string,
): Promise<ReceivedPush[]> {
  const all: ReceivedPush[] = [];
  for (const deadline = Date.now() + PATIENCE_MS; ; await delay(PAUSE_MS)) {
    for (const pushed of ear.heard.slice(all.length)) all.push(await read(bench, pushed));
    if (all.some(({ changes }) => changes.some(wanted))) return all;
    must(Date.now() < deadline, `no push names ${what}`);
  }
}

const names =
  (externalId: string, isTold: 'free' | 'taken') =>
  (change: PushedChange): boolean =>
    change.kind === 'slot' && change.externalId === externalId && (change.now ?? isTold) === isTold;

export const pushes: readonly Behaviour[] = [
  {
    id: 'push-names-the-slot',
    title: 'of a booking at the desk, and of its end, a push names the slot, so that it alone is looked at',
    needs: ['HIS', 'ReceivesPushes'],
    async run(bench) {
      const ear = await listen(bench);
      const slot = await bench.slot();
      const { vendorId } = await bench.his.edit({ op: 'book-outside', externalId: slot.externalId });
      await until(bench, ear, names(slot.externalId, 'taken'), 'the slot that was booked');
      const before = ear.heard.length;
      await bench.his.edit({ op: 'cancel-outside', ...(vendorId !== undefined && { externalId: vendorId }) });
      const later: PushEar = {
        ...ear,
        get heard() {
          return ear.heard.slice(before);
        },
      };
      await until(bench, later, names(slot.externalId, 'free'), 'the slot that is free again');
    },
  },
  {
    id: 'push-is-known-again',
    title: 'the same push read twice has the same key and names the same; no two pushes have one key',
    needs: ['HIS', 'ReceivesPushes'],
    async run(bench) {
      const ear = await listen(bench);
      const slots = await bench.slots(3);
      for (const { externalId } of slots) await bench.his.edit({ op: 'book-outside', externalId });
      const last = slots.at(-1);
      const first = await until(bench, ear, names(last?.externalId ?? '', 'taken'), 'the last slot that was booked');
      const again = [];
      for (const pushed of ear.heard.slice(0, first.length)) again.push(await read(bench, pushed));
      const words = (all: readonly ReceivedPush[]): unknown[] =>
        all.map(({ messageId, changes, counted }) => [messageId, changes, counted]);
      mustBe(words(again), words(first), 'what was read the second time');
      mustBe(new Set(first.map(({ messageId }) => messageId)).size, first.length, 'different keys');
      const numbers = first.flatMap(({ counted }) => counted?.numbers ?? []);
      mustBe(new Set(numbers).size, numbers.length, 'different numbers');
    },
  },
  {
    id: 'push-is-answered',
    title: 'whoever pushes is answered in his own words, or by the status alone, also when it could not be stored',
    needs: ['HIS', 'ReceivesPushes'],
    async run(bench) {
      const ear = await listen(bench);
      const slot = await bench.slot();
      await bench.his.edit({ op: 'book-outside', externalId: slot.externalId });
      for (const push of await until(bench, ear, names(slot.externalId, 'taken'), 'the slot that was booked')) {
        for (const verdict of ['stored', 'failed'] as const) {
          const answer = push.acknowledge(verdict);
          must(
            answer === undefined || (answer.body !== '' && answer.contentType.includes('/')),
            `no words for ${verdict}`,
          );
        }
        mustBe(push.acknowledge('stored'), push.acknowledge('stored'), 'the answer to the same push');
      }
    },
  },
  {
    id: 'push-garbage',
    title: 'what is no push of this HIS is refused as unreadable: no crash, and nothing is made of it',
    needs: ['HIS', 'ReceivesPushes'],
    async run(bench) {
      const bodies = ['GET / HTTP/1.1\r\n\r\n', '{"resourceType":', '<a><b></a>', '\u0000\uffff', '['.repeat(100_000)];
      for (const body of bodies) {
        const pushed = { contentType: undefined, body: Buffer.from(body) };
        const { came } = await bench.call(async (call, connector) => connector.receivePush?.(call, pushed));
        must('refusal' in came, 'something was made of it');
        if (came.refusal.reason === 'no-pushes') throw new NotApplicable('these settings name nothing that is pushed');
        must(came.refusal.reason !== 'adapter-fault', 'it throws something other than AdapterError');
      }
    },
  },
];
