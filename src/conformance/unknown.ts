/** Writes whose answer was lost: how one is lost, what the outcome may be, and what a look-up may say at which kind of HIS. */
import type { BookRequest, LookupRequest } from '../adapter-kit/index.ts';
import type { FaultName, LookupProfile } from '../adapter-kit/simulator/index.ts';
import { wordsOf, type Bench, type Written } from './bench.ts';
import { must, mustBeOneOf } from './must.ts';

/** How the four kinds of HIS are told of in the report. */
export const KINDS: Readonly<Record<LookupProfile, string>> = {
  'idempotency-key': 'a HIS that honours a key',
  'by-tag': 'a HIS that shows our reference',
  'by-patient-and-time': 'a HIS that shows patient and time only',
  none: 'a HIS that shows nothing',
};

/** Nothing can be learnt there: saying so is right, anything else is a guess. */
export function isBlind(bench: Bench, profile: LookupProfile): boolean {
  return bench.manifest.lookup === 'none' || profile === 'none';
}

/** A reference is looked for, and not shown: then it is allowed not to know, too. */
export function mayNotKnow(bench: Bench, profile: LookupProfile): boolean {
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
export async function lose(
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
