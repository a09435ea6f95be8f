/** A row of a vendor's own table as a behaviour: the vendor says it, and the hub makes of it what the row says. */
import type { PlayedAnswer } from '../adapter-kit/index.ts';
import type { Behaviour } from './behaviour.ts';
import { mustBe, Unmet } from './must.ts';
import { asBook } from './unknown.ts';
import { wordsOf, type Bench } from './bench.ts';
import type { Connected } from './call-once.ts';
import type { Choose } from './interposer.ts';
import { personOf } from './simulated-side.ts';

const DAY_MS = 24 * 3_600_000;

export function answerBehaviour(row: PlayedAnswer): Behaviour {
  const writes = row.during === 'book' || row.during === 'cancel';
  const kind = row.instead ?? (writes ? 'write' : 'read');
  return {
    id: row.signal,
    title: `${row.signal} in ${row.during} is ${row.means}`,
    needs: ['HIS'],
    async run(bench) {
      let played = 0;
      const choose: Choose = (asked) => {
        if (asked.kind !== kind) return undefined;
        const words = typeof row.answer === 'function' ? row.answer(asked) : row.answer;
        if (words === undefined) return undefined;
        played += 1;
        return { words };
      };
      const came = await during(bench, row.during, await bench.interposed(choose));
      if (played === 0) throw new Unmet(`no ${kind} request of ${row.during} was there to be answered`);
      mustBe(came, row.means, 'what the hub makes of it');
    },
  };
}

async function during(bench: Bench, operation: PlayedAnswer['during'], at: Connected): Promise<string> {
  switch (operation) {
    case 'book':
      return wordsOf((await bench.book(await bench.booking(), { at })).outcome);
    case 'cancel':
      return wordsOf((await bench.cancel(await bench.booked(), { at })).outcome);
    case 'lookup': {
      const { transactionId } = await bench.call(() => Promise.resolve());
      const { finding } = await bench.look(asBook(await bench.booking()), transactionId, { at });
      return 'reason' in finding ? `${finding.kind} ${finding.reason}` : finding.kind;
    }
    case 'find-slots': {
      const window = { from: new Date().toISOString(), to: new Date(Date.now() + DAY_MS).toISOString() };
      const { refusal } = await bench.list((call, connector) => connector.findSlots?.(call, window), { at });
      return refusal === undefined ? 'done' : wordsOf(refusal);
    }
    case 'match-patient': {
      const [patient] = (await bench.his.world()).patients;
      if (patient === undefined) throw new Error('the simulated hospital has no patient');
      const { came } = await bench.call(async (call, connector) => connector.matchPatient?.(call, personOf(patient)), {
        at,
      });
      return 'value' in came ? (came.value?.kind ?? 'no matchPatient()') : wordsOf(came.refusal);
    }
    default:
      return operation satisfies never;
  }
}
