/** What Template HIS says and what the hub makes of it: each row is played over a real socket by the conformance suite. */
import type { PlayedAnswer } from '#adapter-kit';

const says = (status: number, code: string): PlayedAnswer['answer'] => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ code }),
});

const answers: readonly PlayedAnswer[] = [
  { signal: '409 SLOT-TAKEN', during: 'book', answer: says(409, 'SLOT-TAKEN'), means: 'conflict slot-taken' },
  {
    signal: '404 NO-SUCH-PATIENT',
    during: 'book',
    answer: says(404, 'NO-SUCH-PATIENT'),
    means: 'not-found unknown-patient',
  },
  { signal: '500 INTERNAL', during: 'book', answer: says(500, 'INTERNAL'), means: 'unknown internal-error' },
  { signal: '500 INTERNAL', during: 'find-slots', answer: says(500, 'INTERNAL'), means: 'transient internal-error' },
  {
    signal: '409 VERSION-STALE',
    during: 'cancel',
    answer: says(409, 'VERSION-STALE'),
    means: 'conflict stale-version',
  },
  { signal: '403 NOT-ALLOWED', during: 'lookup', answer: says(403, 'NOT-ALLOWED'), means: 'inconclusive not-allowed' },
  { signal: '400 with a new code', during: 'book', answer: says(400, 'BRAND-NEW'), means: 'uncategorised unlisted' },
];

export default answers;
