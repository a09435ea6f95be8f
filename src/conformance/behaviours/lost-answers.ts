/** The answer to a booking is lost: it is unknown, never sent again, and settled by asking. One of each per kind of HIS. */
import { LOOKUP_PROFILES, type FaultName, type LookupProfile } from '../../adapter-kit/simulator/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench, Looked, Written } from '../bench.ts';
import { lookUntil } from '../look-until.ts';
import { must, mustBe, mustBeOneOf } from '../must.ts';
import { asBook, isBlind, KINDS, lose, mayNotKnow, mustBeUnknown, mustNotSendAgain } from '../unknown.ts';

/** Enough for what comes before the write, also on a busy machine. */
const SHORT_MS = 2_000;

/** HTTP's 500 says nothing of what was done. A code of the vendor's own may: a record that cannot be read, an HL7 v2 "rejected". */
function saysNotProcessed(bench: Bench, fault: FaultName, { outcome }: Written): boolean {
  if (fault !== '500') return false;
  return outcome.class === 'invalid' || (bench.speaks === 'mllp' && outcome.class === 'transient');
}

function mustBeFound({ finding }: Looked, effect: string | undefined): void {
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

export const lostAnswers: readonly Behaviour[] = [
  ...LOOKUP_PROFILES.map(lostAnswer),
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
];
