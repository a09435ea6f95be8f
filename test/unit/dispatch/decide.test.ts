import { describe, expect, test } from '@jest/globals';
import { ERROR_CLASSES, SANDBOX_POLICY } from '../../../src/domain/index.ts';
import { decideLook, reactionTo, retryPauseMs, untilDone, type LookState } from '../../../src/dispatch/decide.ts';
import { refusalOf } from '../../../src/connections/make-call.ts';
import { AdapterError } from '../../../src/adapter-kit/index.ts';

const POLICY = SANDBOX_POLICY;
const T0 = 1_000_000;
const state = (over: Partial<LookState> = {}): LookState => ({
  unknownSinceMs: T0,
  looks: 0,
  absentSinceMs: null,
  ...over,
});

describe('what is done about an outcome', () => {
  test('a lost or unlisted answer is never success, refusal or retry', () => {
    expect(reactionTo('unknown', 'book', 0, POLICY)).toBe('answer-lost');
    expect(reactionTo('uncategorised', 'book', 0, POLICY)).toBe('answer-lost');
  });

  test('only success confirms a booking', () => {
    expect(ERROR_CLASSES.filter((each) => reactionTo(each, 'book', 0, POLICY) === 'confirmed')).toEqual([]);
    expect(reactionTo('success', 'book', 0, POLICY)).toBe('confirmed');
  });

  test('cancelling what is not there any more is done', () => {
    expect(reactionTo('not-found', 'cancel', 0, POLICY)).toBe('confirmed');
    expect(reactionTo('not-found', 'book', 0, POLICY)).toBe('refused');
  });

  test('retries end', () => {
    expect(reactionTo('transient', 'book', POLICY.retriesMax - 1, POLICY)).toBe('postponed');
    expect(reactionTo('transient', 'book', POLICY.retriesMax, POLICY)).toBe('given-up');
  });

  test('a pause grows, has jitter and bounds, and keeps to what the HIS asked for within reason', () => {
    expect(retryPauseMs(POLICY, 3, undefined, () => 1)).toBe(POLICY.retryBaseMs * 8);
    expect(retryPauseMs(POLICY, 30, undefined, () => 1)).toBe(60_000);
    expect(retryPauseMs(POLICY, 3, undefined, () => 0)).toBe(10);
    expect(retryPauseMs(POLICY, 0, 2_000)).toBe(2_000);
    expect(retryPauseMs(POLICY, 0, 86_400_000)).toBe(600_000);
    expect(retryPauseMs(POLICY, 0, -5)).toBe(POLICY.retryBaseMs);
  });
});

describe('what an exception of an adapter means', () => {
  test('before the bytes of a write have left, it was not executed', () => {
    expect(refusalOf(new AdapterError('protocol', 'connection-lost', ''), false)).toEqual({
      class: 'transient',
      reason: 'connection-lost',
    });
    expect(refusalOf(new AdapterError('unavailable', 'not-reached', ''), false)).toEqual({
      class: 'transient',
      reason: 'not-reached',
    });
  });

  test('after that, whatever went wrong, it is unknown', () => {
    for (const error of [
      new AdapterError('protocol', 'deadline', ''),
      new AdapterError('protocol', 'mapping', ''),
      new TypeError('bug'),
    ]) {
      expect(refusalOf(error, true).class).toBe('unknown');
    }
  });

  test('a mapping that cannot build the request is for a person to mend', () => {
    expect(refusalOf(new AdapterError('protocol', 'mapping', ''), false)).toEqual({
      class: 'invalid',
      reason: 'mapping',
    });
  });
});

describe('what is decided from a look-up', () => {
  test('found is confirmed at once', () => {
    expect(decideLook({ kind: 'found', externalId: 'x' }, state(), POLICY, T0 + 500)).toEqual({ kind: 'confirmed' });
  });

  test('one absence proves nothing; two, the gap apart, do', () => {
    const first = decideLook({ kind: 'absent' }, state(), POLICY, T0 + 500);
    expect(first).toEqual({ kind: 'look-again', atMs: T0 + 2_000, absentSinceMs: T0 + 500 });
    const tooSoon = decideLook({ kind: 'absent' }, state({ looks: 1, absentSinceMs: T0 + 500 }), POLICY, T0 + 2_000);
    expect(tooSoon).toMatchObject({ kind: 'look-again', absentSinceMs: T0 + 500 });
    const proof = decideLook({ kind: 'absent' }, state({ looks: 2, absentSinceMs: T0 + 500 }), POLICY, T0 + 5_000);
    expect(proof).toEqual({ kind: 'proved-absent' });
  });

  test('an absence that is contradicted counts no more', () => {
    const contradicted = decideLook(
      { kind: 'inconclusive', reason: 'partial-data' },
      state({ looks: 1, absentSinceMs: T0 + 500 }),
      POLICY,
      T0 + 2_000,
    );
    expect(contradicted).toMatchObject({ kind: 'look-again', absentSinceMs: null });
  });

  test('an absence seen first at the last look is looked at once more after the gap', () => {
    expect(decideLook({ kind: 'absent' }, state({ looks: 3 }), POLICY, T0 + 10_000)).toEqual({
      kind: 'look-again',
      atMs: T0 + 13_000,
      absentSinceMs: T0 + 10_000,
    });
  });

  test('somebody else having the slot is believed at the last look only', () => {
    expect(decideLook({ kind: 'taken' }, state(), POLICY, T0 + 500)).toMatchObject({ kind: 'look-again' });
    expect(decideLook({ kind: 'taken' }, state({ looks: 3 }), POLICY, T0 + 10_000)).toEqual({ kind: 'refused' });
  });

  test('what stays inconclusive goes to a person: at the last look, or at once where asking is no use', () => {
    expect(decideLook({ kind: 'inconclusive', reason: 'r' }, state({ looks: 3 }), POLICY, T0 + 10_000)).toEqual({
      kind: 'unresolvable',
    });
    expect(decideLook({ kind: 'inconclusive', reason: 'r', never: true }, state(), POLICY, T0 + 500)).toEqual({
      kind: 'unresolvable',
    });
  });
});

describe('a cancellation that leaves two appointments standing until it is done', () => {
  const AT = T0 + 10_000;
  const after = (finding: Parameters<typeof decideLook>[0], looks = 3) =>
    untilDone(decideLook(finding, state({ looks }), POLICY, AT), finding, POLICY, AT);

  test.each([{ kind: 'inconclusive', reason: 'partial-data' } as const, { kind: 'taken' } as const])(
    'is looked up for ever, at a pace, while the HIS says $kind',
    (finding) => {
      const again = { kind: 'look-again', atMs: AT + POLICY.absenceGapMs, absentSinceMs: null };
      expect(after(finding)).toEqual(again);
      expect(after(finding, POLICY.lookupScheduleMs.length)).toEqual(again);
    },
  );

  test('goes to a person where asking is of no use, and ends when it is found', () => {
    expect(after({ kind: 'inconclusive', reason: 'r', never: true })).toEqual({ kind: 'unresolvable' });
    expect(after({ kind: 'found', externalId: 'x' })).toEqual({ kind: 'confirmed' });
  });
});
