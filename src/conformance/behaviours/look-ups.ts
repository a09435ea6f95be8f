/** What a look-up says of what was never sent, of what others did, and when it cannot see. */
import { LOOKUP_PROFILES, type LookupProfile } from '../../adapter-kit/simulator/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Looked } from '../bench.ts';
import { lookUntil } from '../look-until.ts';
import { must, mustBeOneOf, NotApplicable, Unmet } from '../must.ts';
import { asBook, isBlind, KINDS, lose, mayNotKnow } from '../unknown.ts';

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

export const lookUps: readonly Behaviour[] = [
  ...LOOKUP_PROFILES.map(neverSent),
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
      // It may be seen in another way: that is no guess.
      const [effect] = await bench.side.effectsOf(made.transactionId);
      if (finding.kind === 'found' && finding.externalId === effect?.externalId) return;
      mustBeOneOf(finding.kind, ['inconclusive', 'failed'], 'the finding');
    },
  })),
];
