/** A HIS that tells by itself: what it tells is understood, answered, and never guessed at. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Notice } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { must, mustBe } from '../must.ts';
import { addSlots, nightOf } from './daylight-saving.ts';

const PATIENCE_MS = 5_000;
const PAUSE_MS = 50;

type Told<Kind extends Notice['kind']> = Extract<Notice, { kind: Kind }>;

async function toldOf<Kind extends Notice['kind']>(
  bench: Bench,
  kind: Kind,
  wanted: (notice: Told<Kind>) => boolean,
  what: string,
): Promise<Told<Kind>> {
  const isKind = (notice: Notice): notice is Told<Kind> => notice.kind === kind;
  for (const deadline = Date.now() + PATIENCE_MS; ; await delay(PAUSE_MS)) {
    const found = bench.told.filter(isKind).find(wanted);
    if (found !== undefined) return found;
    must(Date.now() < deadline, `nothing was heard of ${what}`);
  }
}

const sameInstant = (a: string | undefined, b: string): boolean => a !== undefined && Date.parse(a) === Date.parse(b);

export const notices: readonly Behaviour[] = [
  {
    id: 'hears-of-bookings',
    title: 'a booking at the desk is heard of: whose time it takes, and when; and so is its end',
    needs: ['HIS', 'ReceivesNotices'],
    async run(bench) {
      const slot = await bench.slot();
      const { vendorId } = await bench.his.edit({ op: 'book-outside', externalId: slot.externalId });
      const booked = await toldOf(
        bench,
        'appointment',
        ({ event, time }) => event === 'booked' && sameInstant(time?.start, slot.start),
        'the booking',
      );
      mustBe(booked.externalId, vendorId, 'the key of the appointment');
      mustBe(booked.time?.providerExternalId, slot.providerExternalId, 'whose time it takes');
      must(booked.transactionId === undefined, 'somebody else’s booking is said to be one of our transactions');
      await bench.his.edit({ op: 'cancel-outside', externalId: booked.externalId });
      const isEnd = ({ event, externalId }: Told<'appointment'>): boolean =>
        event === 'cancelled' && externalId === vendorId;
      await toldOf(bench, 'appointment', isEnd, 'the cancellation');
    },
  },
  {
    id: 'hears-of-its-own',
    title: 'our own booking is heard of under the transaction that made it, where the HIS repeats our reference',
    needs: ['HIS', 'ReceivesNotices'],
    async run(bench) {
      const appointment = await bench.booked();
      const isOurs = ({ externalId }: Told<'appointment'>): boolean => externalId === appointment.externalId;
      const notice = await toldOf(bench, 'appointment', isOurs, 'our booking');
      mustBe(notice.transactionId, appointment.transactionId, 'the transaction');
    },
  },
  {
    id: 'notices-in-both-nights',
    title: 'slots that are told of are at their instants, in the nights in which clocks change, too',
    needs: ['HIS', 'ReceivesNotices'],
    async run(bench) {
      for (const direction of ['forward', 'back'] as const) {
        const added = await addSlots(bench, await nightOf(bench, direction), [-120, -30, 30, 120]);
        for (const startMs of added.values()) {
          const start = new Date(startMs).toISOString();
          const isIt = (notice: Told<'slot'>): boolean =>
            notice.status === 'free' && sameInstant(notice.slot.start, start);
          await toldOf(bench, 'slot', isIt, `the slot at ${start}`);
        }
      }
    },
  },
  {
    id: 'garbage-received',
    title: 'what is no message of this HIS is nobody’s: no crash, and nothing is made of it',
    needs: ['HIS', 'ReceivesNotices'],
    async run(bench) {
      const messages = [
        '',
        'GET / HTTP/1.1\r\n\r\n',
        'MSH|^~\\&|ELSE|WHERE|||20270308||SIU^S12|1|P|2.5.1\r',
        '\u0000\uffff',
      ];
      for (const text of messages) {
        const { came } = await bench.call(async (call, connector) => connector.receive?.(call, Buffer.from(text)));
        if ('refusal' in came)
          must(came.refusal.reason !== 'adapter-fault', 'it throws something other than AdapterError');
        else mustBe(came.value?.notices ?? [], [], 'what was made of it');
      }
    },
  },
];
