/** A row of a vendor's own table as a behaviour: the vendor says it, and the hub makes of it what the row says. */
import type { PlayedAnswer, VendorReply } from '../adapter-kit/index.ts';
import type { Behaviour } from './behaviour.ts';
import { mustBe, Unmet } from './must.ts';
import { asBook } from './unknown.ts';
import { wordsOf, type Bench } from './bench.ts';
import type { CallOptions } from './call-once.ts';
import type { Choose, Play } from './interposer.ts';
import { personOf } from './simulated-side.ts';

const DAY_MS = 24 * 3_600_000;

export function answerBehaviour(row: PlayedAnswer): Behaviour {
  const writes = row.during === 'book' || row.during === 'cancel' || row.during === 'reschedule';
  const kind = row.instead ?? (writes ? 'write' : 'read');
  return {
    id: row.signal,
    title: `${row.signal} in ${row.during} is ${row.means}`,
    needs: ['HIS'],
    async run(bench) {
      let played = 0;
      const choose: Choose = (asked) => {
        if (kind !== 'any' && asked.kind !== kind) return undefined;
        const reply = typeof row.answer === 'function' ? row.answer(asked) : row.answer;
        if (reply === undefined) return undefined;
        played += 1;
        return playOf(reply);
      };
      const { deadlineMs } = row;
      const at = await bench.interposed(choose);
      const came = await during(bench, row.during, { at, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
      if (played === 0) throw new Unmet(`no ${kind} request of ${row.during} was there to be answered`);
      mustBe(came, row.means, 'what the hub makes of it');
    },
  };
}

function playOf(reply: VendorReply): Play {
  if (reply === 'silence') return { tcp: () => {} };
  return reply === 'cut' ? { tcp: (socket) => void socket.destroy() } : { words: reply };
}

async function during(bench: Bench, operation: PlayedAnswer['during'], options: CallOptions): Promise<string> {
  switch (operation) {
    case 'book':
      return wordsOf((await bench.book(await bench.booking(), options)).outcome);
    case 'cancel':
      return wordsOf((await bench.cancel(await bench.booked(), options)).outcome);
    case 'reschedule': {
      const appointment = await bench.booked();
      return wordsOf((await bench.reschedule({ ...appointment, to: await bench.slot() }, options)).outcome);
    }
    case 'lookup': {
      const { transactionId } = await bench.call(() => Promise.resolve());
      const { finding } = await bench.look(asBook(await bench.booking()), transactionId, options);
      return 'reason' in finding ? `${finding.kind} ${finding.reason}` : finding.kind;
    }
    case 'find-slots': {
      const window = { from: new Date().toISOString(), to: new Date(Date.now() + DAY_MS).toISOString() };
      const { refusal } = await bench.list((call, connector) => connector.findSlots?.(call, window), options);
      return refusal === undefined ? 'done' : wordsOf(refusal);
    }
    case 'match-patient': {
      const [patient] = (await bench.his.world()).patients;
      if (patient === undefined) throw new Error('the simulated hospital has no patient');
      const { came } = await bench.call(
        async (call, connector) => connector.matchPatient?.(call, personOf(patient)),
        options,
      );
      return 'value' in came ? (came.value?.kind ?? 'no matchPatient()') : wordsOf(came.refusal);
    }
    default:
      return operation satisfies never;
  }
}
