/** Replies that are wrong, late or unreadable: none of them is a booking. */
import type { ErrorClass } from '../../domain/index.ts';
import type { FaultName } from '../../adapter-kit/simulator/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { must, mustBe, mustBeOneOf } from '../must.ts';
import { wordsOf, type Bench } from '../bench.ts';
import { mustNotSendAgain } from '../unknown.ts';

const UNSURE: readonly ErrorClass[] = ['unknown', 'uncategorised'];
/** Here the vendor has said something: its table may know what. Only "certainly not executed, send it again" is too much. */
const SAID: readonly ErrorClass[] = [...UNSURE, 'auth', 'invalid', 'conflict', 'not-found', 'unsupported'];

const PATIENT_MS = 3_000;
const BUSY: readonly ErrorClass[] = ['throttled', 'unknown'];

const bad = (id: string, fault: FaultName, title: string, allowed: readonly ErrorClass[]): Behaviour => ({
  id,
  title,
  needs: ['HIS'],
  async run(bench) {
    const request = await bench.booking();
    await bench.fault({ on: 'book', fault, times: 1 });
    // Where a bad answer is thrown away, it is as if none had come.
    const made = await bench.book(request, { deadlineMs: PATIENT_MS });
    const { outcome } = made;
    const effects = await bench.side.effectsOf(made.transactionId);
    if (outcome.class === 'success' && effects.length === 1 && allowed.includes('auth')) {
      bench.remark = 'it was taken for a login page, where nothing is processed: sent once more after signing in';
      return;
    }
    must(outcome.class !== 'success', 'it was taken for a booking, and the HIS holds none');
    mustBeOneOf(outcome.class, allowed, `the class of the outcome (${wordsOf(outcome)})`);
    mustNotSendAgain(made);
    mustBe(effects, [], 'appointments at the HIS');
  },
});

/** 429 and 503 on a write: what was asked for is kept, and a write counts as unknown unless the connection says otherwise. */
const busy = (fault: '429-retry-after' | '503-retry-after'): Behaviour => ({
  id: fault,
  title: `a ${fault.slice(0, 3)} with Retry-After is throttled or unknown, and the wait that was asked for is kept`,
  needs: ['HIS'],
  async run(bench) {
    const request = await bench.booking();
    await bench.fault({ on: 'book', fault, times: 1 });
    const { outcome, transactionId } = await bench.book(request);
    // HL7 v2 has a word for "not processed, send it again", and none for "wait".
    const busyWords: readonly ErrorClass[] = bench.speaks === 'http' ? BUSY : [...BUSY, 'transient'];
    mustBeOneOf(outcome.class, busyWords, `the class of the outcome (${wordsOf(outcome)})`);
    if (bench.speaks === 'http') mustBe('retryAfterMs' in outcome && outcome.retryAfterMs, 2_000, 'retryAfterMs');
    mustBe(await bench.side.effectsOf(transactionId), [], 'appointments at the HIS');
  },
});

async function heals(bench: Bench): Promise<void> {
  await bench.his.clearFaults();
  mustBe(wordsOf((await bench.book(await bench.booking())).outcome), 'success', 'the next booking');
}

export const replies: readonly Behaviour[] = [
  bad('error-in-200', 'error-in-200', 'an error in an answer with a good status is not a booking', SAID),
  bad('malformed', 'malformed', 'a malformed answer is not a booking', UNSURE),
  bad('truncated', 'truncated', 'an answer cut off in the middle is not a booking', UNSURE),
  bad('html-200', 'html-200', 'a web page with status 200 is not a booking', SAID),
  busy('429-retry-after'),
  busy('503-retry-after'),
  {
    id: 'slow',
    title: 'a slow answer within the deadline is an answer',
    needs: ['HIS'],
    async run(bench) {
      const request = await bench.booking();
      await bench.fault({ on: 'book', fault: 'slow', times: 1, afterMs: 500 });
      const { outcome, transactionId } = await bench.book(request);
      mustBe(wordsOf(outcome), 'success', 'the booking');
      mustBe((await bench.side.effectsOf(transactionId)).length, 1, 'appointments at the HIS');
    },
  },
  {
    id: 'down',
    title: 'a HIS that is down was certainly not reached: transient, and the connector heals by itself',
    needs: ['HIS'],
    async run(bench) {
      await bench.patient();
      const request = await bench.booking();
      await bench.fault({ on: 'any', fault: 'down' });
      const { outcome, transactionId } = await bench.book(request);
      // A connection that was kept open may break in the middle of the write: then nobody knows.
      mustBeOneOf(outcome.class, ['transient', 'unknown'], `the class of the outcome (${wordsOf(outcome)})`);
      const second = await bench.book(request, { transactionId, attempt: 2 });
      mustBe(second.outcome.class, 'transient', `the class of the second outcome (${wordsOf(second.outcome)})`);
      await heals(bench);
    },
  },
  {
    id: 'token-expires',
    title: 'credentials that expire in the middle are renewed once; without renewal the booking is refused as auth',
    needs: ['HIS'],
    async run(bench) {
      const request = await bench.booking();
      await bench.fault({ on: 'book', fault: 'token-expired', times: 1 });
      const { outcome, transactionId } = await bench.book(request);
      const effects = await bench.side.effectsOf(transactionId);
      if (outcome.class === 'success') return mustBe(effects.length, 1, 'appointments at the HIS');
      mustBe(outcome.class, 'auth', 'the class of the outcome');
      mustBe(effects, [], 'appointments at the HIS');
      bench.remark = 'its credentials cannot be renewed';
    },
  },
  {
    id: 'credentials-refused',
    title: 'credentials that stay refused end the attempt as auth, after few tries',
    needs: ['HIS'],
    async run(bench) {
      const request = await bench.booking();
      await bench.fault({ on: 'book', fault: 'token-expired' });
      const { outcome, transactionId, exchanges } = await bench.book(request);
      mustBe(outcome.class, 'auth', `the class of the outcome (${wordsOf(outcome)})`);
      mustBe(await bench.side.effectsOf(transactionId), [], 'appointments at the HIS');
      const writes = exchanges.filter(({ write }) => write).length;
      must(writes <= 3, `the write was tried ${writes} times against a HIS that refuses the credentials`);
    },
  },
];
