/** The answer to a write is lost: it is unknown, never sent again, and settled by asking. One set per kind of HIS. */
import type { LookupRequest } from '../../adapter-kit/index.ts';
import { LOOKUP_PROFILES, type FaultName, type LookupProfile } from '../../adapter-kit/simulator/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { must, mustBe, mustBeOneOf, NotApplicable, Unmet } from '../must.ts';
import { wordsOf, type Appointment, type Bench, type Looked, type Written } from '../bench.ts';
import { lookUntil } from '../look-until.ts';
import type { BookRequest } from '../../adapter-kit/index.ts';

/** Enough for what comes before the write, also on a busy machine. */
const SHORT_MS = 2_000;

/** How the four kinds of HIS are told of in the report. */
const KINDS: Readonly<Record<LookupProfile, string>> = {
  'idempotency-key': 'a HIS that honours a key',
  'by-tag': 'a HIS that shows our reference',
  'by-patient-and-time': 'a HIS that shows patient and time only',
  none: 'a HIS that shows nothing',
};

/** Nothing can be learnt there: saying so is right, anything else is a guess. */
function isBlind(bench: Bench, profile: LookupProfile): boolean {
  return bench.manifest.lookup === 'none' || profile === 'none';
}

/** A reference is looked for, and not shown: then it is allowed not to know, too. */
function mayNotKnow(bench: Bench, profile: LookupProfile): boolean {
  return (
    isBlind(bench, profile) || (profile === 'by-patient-and-time' && bench.manifest.lookup === 'by-client-reference')
  );
}

export const asBook = (request: BookRequest, knownExternalIds: readonly string[] = []): LookupRequest => ({
  kind: 'book',
  ...request,
  knownExternalIds,
});

/** Books, and loses the answer after the HIS has booked. */
async function lose(
  bench: Bench,
  fault: FaultName,
  deadlineMs?: number,
): Promise<{ request: BookRequest; made: Written }> {
  const request = await bench.booking();
  await bench.fault({ on: 'book', fault, times: 1 });
  const made = await bench.book(request, deadlineMs === undefined ? {} : { deadlineMs });
  return { request, made };
}

/** The outcome may be anything that makes the hub look before it does anything else. */
export function mustBeUnknown({ outcome }: Written): void {
  mustBeOneOf(outcome.class, ['unknown', 'uncategorised'], `the class of the outcome (${wordsOf(outcome)})`);
}

export function mustNotSendAgain({ exchanges }: Written): void {
  const lost = exchanges.findIndex(
    ({ write, failure, status }) => write && (failure !== null || (status ?? 200) >= 500),
  );
  const again = lost < 0 ? 0 : exchanges.slice(lost + 1).filter(({ write }) => write).length;
  must(again === 0, `after a write without an answer ${again} more were sent: it may have been executed`);
}

/** HTTP's 500 says nothing of what was done. A code of the vendor's own may: a record that cannot be read, an HL7 v2 "rejected". */
function saysNotProcessed(bench: Bench, fault: FaultName, { outcome }: Written): boolean {
  if (fault !== '500') return false;
  return outcome.class === 'invalid' || (bench.speaks === 'mllp' && outcome.class === 'transient');
}

function mustBeFound({ finding }: Looked, effect: Appointment['externalId'] | undefined): void {
  mustBe(finding.kind, 'found', `the finding (${'reason' in finding ? finding.reason : ''})`);
  mustBe(finding.kind === 'found' && finding.externalId, effect, 'the key that was found');
}

const lostAnswer = (profile: LookupProfile): Behaviour => ({
  id: `lost-answer-${profile}`,
  title: `a booking whose answer is lost is unknown, then found: ${KINDS[profile]}`,
  async run(bench) {
    await bench.side.profile(profile);
    const { request, made } = await lose(bench, 'reset-after-commit');
    mustBeUnknown(made);
    mustNotSendAgain(made);
    const [effect, another] = await bench.side.effectsOf(made.transactionId);
    must(effect !== undefined && another === undefined, 'the HIS has not exactly one appointment of the transaction');
    const looked = await lookUntil(
      bench,
      asBook(request),
      made.transactionId,
      isBlind(bench, profile) ? undefined : 'found',
    );
    if (looked.finding.kind === 'found') return mustBeFound(looked, effect.externalId);
    must(mayNotKnow(bench, profile), `the finding: expected "found", got "${looked.finding.kind}"`);
    mustBeOneOf(looked.finding.kind, ['inconclusive', 'failed'], 'the finding');
    bench.remark = 'the look-up honestly says that it does not know';
  },
});

const neverSent = (profile: LookupProfile): Behaviour => ({
  id: `never-sent-${profile}`,
  title: `a booking that was never sent is absent, or nobody can say: ${KINDS[profile]}`,
  async run(bench) {
    await bench.side.profile(profile);
    const { transactionId } = await bench.call(() => Promise.resolve());
    const looked = await lookUntil(
      bench,
      asBook(await bench.booking()),
      transactionId,
      isBlind(bench, profile) ? undefined : 'absent',
    );
    mustReadOnly(looked);
    if (looked.finding.kind === 'absent' && !isBlind(bench, profile)) return;
    must(mayNotKnow(bench, profile), `the finding: expected "absent", got ${JSON.stringify(looked.finding)}`);
    mustBeOneOf(looked.finding.kind, ['inconclusive', 'failed'], 'the finding where nothing can be seen');
    bench.remark = 'the look-up honestly says that it does not know';
  },
});

function mustReadOnly({ exchanges }: Looked): void {
  must(!exchanges.some(({ write }) => write), 'a look-up writes: it must only read');
}

export const lostAnswers: readonly Behaviour[] = [
  ...LOOKUP_PROFILES.map(lostAnswer),
  ...LOOKUP_PROFILES.map(neverSent),
  ...(['timeout-after-commit', '502-after-commit'] as const).map((fault): Behaviour => ({
    id: `lost-answer-${fault}`,
    title:
      fault === '502-after-commit'
        ? 'a gateway error after the HIS has booked is unknown, and not sent again'
        : 'a time-out after the HIS has booked is unknown, and not sent again',
    needs: ['HIS'],
    async run(bench) {
      const { made } = await lose(bench, fault, SHORT_MS);
      mustBeUnknown(made);
      mustNotSendAgain(made);
      mustBe((await bench.side.effectsOf(made.transactionId)).length, 1, 'appointments at the HIS');
    },
  })),
  ...(['reset-before', 'timeout-before', '500'] as const).map((fault): Behaviour => ({
    id: `not-executed-${fault}`,
    title: `a booking that met "${fault}" may have been executed, as far as anybody can tell; the look-up knows better`,
    async run(bench) {
      const { request, made } = await lose(bench, fault, fault === 'timeout-before' ? SHORT_MS : undefined);
      mustBe(await bench.side.effectsOf(made.transactionId), [], 'appointments at the HIS');
      if (!saysNotProcessed(bench, fault, made)) mustBeUnknown(made);
      mustNotSendAgain(made);
      if (isBlind(bench, 'by-tag')) return;
      const { finding } = await lookUntil(bench, asBook(request), made.transactionId, 'absent');
      mustBe(finding.kind, 'absent', 'the finding');
    },
  })),
  {
    id: 'not-ours',
    title: 'the appointment of another transaction is never taken for ours, though patient, time and slot are the same',
    async run(bench) {
      const theirs = await bench.booked();
      const { transactionId } = await bench.call(() => Promise.resolve());
      const { finding } = await bench.look(asBook(theirs, [theirs.externalId]), transactionId);
      if (finding.kind === 'found') throw new Unmet('the look-up claims an appointment that another transaction made');
    },
  },
  ...(['500', 'html-200', 'malformed', 'reset-before'] as const).map((fault): Behaviour => ({
    id: `look-up-meets-${fault}`,
    title: `a look-up that meets "${fault}" proves nothing`,
    needs: ['HIS'],
    async run(bench) {
      if (isBlind(bench, 'by-tag')) throw new NotApplicable('the manifest says lookup: none');
      const { request, made } = await lose(bench, 'reset-after-commit');
      await bench.fault({ on: 'lookup', fault });
      const { finding } = await bench.look(asBook(request), made.transactionId);
      if (
        finding.kind === 'found' &&
        (await bench.side.effectsOf(made.transactionId))[0]?.externalId === finding.externalId
      ) {
        bench.remark = 'found in another way';
        return;
      }
      mustBeOneOf(finding.kind, ['inconclusive', 'failed'], 'the finding');
    },
  })),
];
