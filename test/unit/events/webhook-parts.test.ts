import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { endpointPause, pauseAfter } from '../../../src/events/retry-plan.ts';
import { signatureHeaders } from '../../../src/events/signature.ts';
import { newSecret } from '../../../src/ledger/webhook-secret.ts';

const BODY = '{"type":"appointment.booked","note":"naïve – 予約"}';
const now = (): number => Math.floor(Date.now() / 1000);

describe('a signature', () => {
  test('verifies with the published library', () => {
    const secret = newSecret();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(new Webhook(secret).verify(BODY, signatureHeaders([secret], 'msg_1', now(), BODY))).toEqual(
      JSON.parse(BODY),
    );
  });

  test('is that of the specification, to the byte', () => {
    // The example of the specification's libraries.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const headers = signatureHeaders([secret], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}');
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('during a rotation verifies with either secret, and with no third', () => {
    const [present, previous] = [newSecret(), newSecret()];
    const headers = signatureHeaders([present, previous], 'msg_1', now(), BODY);
    expect(new Webhook(present).verify(BODY, headers)).toBeDefined();
    expect(new Webhook(previous).verify(BODY, headers)).toBeDefined();
    expect(() => new Webhook(newSecret()).verify(BODY, headers)).toThrow('No matching signature');
  });

  test.each([
    ['another body', { body: `${BODY} ` }],
    ['another id', { 'webhook-id': 'msg_2' }],
    ['an old time', { 'webhook-timestamp': String(now() - 400) }],
  ])('does not verify with %s', (_what, change) => {
    const secret = newSecret();
    const { body = BODY, ...headers } = { ...signatureHeaders([secret], 'msg_1', now(), BODY), ...change } as Record<
      string,
      string
    >;
    expect(() => new Webhook(secret).verify(body, headers)).toThrow();
  });
});

describe('the retry plan', () => {
  const pauses = (random: number): number[] => {
    const all: number[] = [];
    for (let attempt = 1; ; attempt += 1) {
      const pause = pauseAfter(attempt, random);
      if (pause === undefined) return all;
      all.push(pause);
    }
  };

  test('lasts three days and more, whatever the jitter', () => {
    for (const random of [0, 0.5, 0.999])
      expect(pauses(random).reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(72 * 3600_000);
  });

  test('begins within seconds, waits longer each time, and not for all alike', () => {
    const plan = pauses(0);
    expect(plan[0]).toBeLessThanOrEqual(10_000);
    expect(plan).toEqual(plan.toSorted((a, b) => a - b));
    expect(pauses(0.9)).not.toEqual(plan);
  });

  test('an endpoint that goes on failing is asked less and less, and never given up by that alone', () => {
    expect([1, 4].map(endpointPause)).toEqual([0, 0]);
    expect(endpointPause(5)).toBeGreaterThan(0);
    expect(endpointPause(8)).toBeGreaterThan(endpointPause(6));
    expect(endpointPause(100_000)).toBeLessThanOrEqual(300_000);
  });
});
