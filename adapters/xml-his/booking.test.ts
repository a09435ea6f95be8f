import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest } from '#adapter-kit';
import type { FaultName } from '#adapter-kit/simulator';
import { comesTo } from '../../test/support/simulated-hospital.ts';
import { PROFILES, openTwoWays, vera, type TwoWays } from '../../test/unit/xml/two-ways.ts';

let ways: TwoWays;
beforeAll(async () => {
  ways = await openTwoWays();
});
afterEach(() => ways.reset());
afterAll(() => ways.hospital.close());

async function effectsOf(transactionId: string): Promise<string[]> {
  const { appointments } = await ways.hospital.effects();
  return appointments
    .filter((each) => each.transactionId === transactionId)
    .map(({ slotId, status }) => `${slotId} ${status}`);
}

describe.each(PROFILES)('%s', (profile) => {
  const connector = () => ways.connector(profile);
  const call = (...options: Parameters<TwoWays['hospital']['call']>) => ways.hospital.call(...options);
  async function booked(): Promise<BookRequest & { externalId: string; identifiers: [] }> {
    const request = ways.booking();
    const outcome = await connector().book(call(), request);
    if (outcome.class !== 'success') throw new Error(`expected a booking, got ${outcome.reason}`);
    return { ...request, externalId: outcome.externalId, identifiers: [] };
  }

  test('a booking gives the key that the HIS has for it, and is one appointment', async () => {
    const request = ways.booking();
    const attempt = call();
    const outcome = await connector().book(attempt, request);
    const { appointments } = await ways.hospital.effects();
    const effect = appointments.find((each) => each.transactionId === attempt.transactionId);
    expect(outcome).toMatchObject({ class: 'success', externalId: effect?.vendorId });
    expect(await effectsOf(attempt.transactionId)).toEqual([`${request.slot.externalId} booked`]);
    expect(attempt.recorder.exchanges.filter(({ write }) => write)).toHaveLength(1);
  });

  test('one transaction booked twice is one appointment, and both answers name it', async () => {
    const request = ways.booking();
    const attempt = call();
    const first = await connector().book(attempt, request);
    const second = await connector().book(attempt, request);
    expect(second).toMatchObject({
      class: 'success',
      externalId: first.class === 'success' ? first.externalId : 'none',
    });
    expect(await effectsOf(attempt.transactionId)).toHaveLength(1);
  });

  test('of many transactions at once for one slot exactly one wins, the others hear slot-taken', async () => {
    const request = ways.booking();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => comesTo(connector().book(call(), request))));
    expect(outcomes.filter((each) => each === 'success')).toHaveLength(1);
    expect(outcomes.filter((each) => each === 'conflict slot-taken')).toHaveLength(19);
  });

  test('calls at once share no state: each books its own slot under its own transaction', async () => {
    const work = Array.from({ length: 12 }, () => ({ attempt: call(), request: ways.booking() }));
    const outcomes = await Promise.all(work.map(({ attempt, request }) => connector().book(attempt, request)));
    const { appointments } = await ways.hospital.effects();
    expect(outcomes).toEqual(
      work.map(({ attempt, request }) => {
        const effect = appointments.find((each) => each.transactionId === attempt.transactionId);
        expect(effect?.slotId).toBe(request.slot.externalId);
        return expect.objectContaining({ class: 'success', externalId: effect?.vendorId });
      }),
    );
  });

  test('a slot that was booked at the desk meanwhile is a conflict', async () => {
    const request = ways.booking();
    await ways.hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
    expect(await comesTo(connector().book(call(), request))).toBe('conflict slot-taken');
  });

  test('an unknown patient is not-found, not a taken slot', async () => {
    const nobody = { ...vera, externalId: 'nobody' };
    expect(await comesTo(connector().book(call(), ways.booking(nobody)))).toMatch(
      /^not-found (patient-unknown|unknown-id)$/,
    );
  });

  test('credentials are in no record of the exchange, in no form', async () => {
    const attempt = call();
    await connector().book(attempt, ways.booking());
    const { password = '' } = ways.hospital.simulator.connection.secrets;
    expect(password.length).toBeGreaterThan(10);
    expect(attempt.recorder.exchanges[0]?.requestBody).toContain('[credential]');
    expect(JSON.stringify([attempt.recorder.exchanges, attempt.logged])).not.toContain(password);
  });

  test('a value that XML cannot carry is refused before anything is sent', async () => {
    const attempt = call();
    const request = ways.booking({ ...vera, externalId: 'a\u0001b' });
    expect(await comesTo(connector().book(attempt, request))).toBe('invalid illegal-character');
    expect(attempt.recorder.exchanges).toEqual([]);
  });

  test('moves an appointment in place', async () => {
    const appointment = await booked();
    const { slot: to } = ways.booking();
    const outcome = await connector().reschedule?.(call(), { ...appointment, to });
    expect(outcome).toMatchObject({ class: 'success', externalId: appointment.externalId });
    const { appointments } = await ways.hospital.effects();
    expect(appointments.find(({ vendorId }) => vendorId === appointment.externalId)).toMatchObject({
      slotId: to.externalId,
      status: 'booked',
      version: 2,
    });
  });

  test('a slot to move to that is taken is a conflict, and the appointment stays', async () => {
    const appointment = await booked();
    const { slot: to } = ways.booking();
    await ways.hospital.edit({ op: 'book-outside', externalId: to.externalId });
    expect(await connector().reschedule?.(call(), { ...appointment, to })).toMatchObject({
      class: 'conflict',
      reason: 'slot-taken',
    });
    expect(
      (await ways.hospital.effects()).appointments.find(({ vendorId }) => vendorId === appointment.externalId),
    ).toMatchObject({ version: 1, slotId: appointment.slot.externalId });
  });

  test('cancels, and cancelling again is a success too', async () => {
    const appointment = await booked();
    expect(await comesTo(connector().cancel(call(), appointment))).toBe('success');
    expect(
      (await ways.hospital.effects()).appointments.find(({ vendorId }) => vendorId === appointment.externalId)?.status,
    ).toBe('cancelled');
    expect(await comesTo(connector().cancel(call(), appointment))).toBe('success');
    expect(await comesTo(connector().book(call(), appointment))).toBe('success');
  });

  test('an appointment that the HIS does not know is not-found', async () => {
    const unknown = { ...ways.booking(), externalId: '999', identifiers: [] };
    expect(await comesTo(connector().cancel(call(), unknown))).toBe('not-found unknown-appointment');
  });

  describe('a booking that meets a fault', () => {
    /** What it comes to, and how many appointments the HIS then has. */
    const expected: Record<Exclude<FaultName, 'down'>, readonly [string | RegExp, number]> = {
      'timeout-before': ['thrown protocol deadline', 0],
      'reset-before': ['thrown protocol connection-lost', 0],
      '500': [/^unknown (soap-server-fault|server-error)$/, 0],
      '503-retry-after': ['throttled unavailable', 0],
      '429-retry-after': ['throttled rate-limit', 0],
      malformed: ['thrown protocol unreadable-reply', 0],
      truncated: ['thrown protocol connection-lost', 0],
      // A login page lets nothing through: asked once more, it is a booking.
      'html-200': ['success', 1],
      'error-in-200': ['uncategorised unlisted-code', 0],
      'token-expired': ['success', 1],
      'timeout-after-commit': ['thrown protocol deadline', 1],
      'reset-after-commit': ['thrown protocol connection-lost', 1],
      '502-after-commit': ['unknown gateway', 1],
      slow: ['success', 1],
      'slot-taken': ['conflict slot-taken', 0],
    };

    test.each(Object.entries(expected))('%s', async (fault, [outcome, appointments]) => {
      await ways.hospital.fault({
        on: 'book',
        fault: fault as FaultName,
        times: 1,
        ...(fault === 'slow' ? { afterMs: 50 } : {}),
      });
      const attempt = call(fault.startsWith('timeout') ? { signal: AbortSignal.timeout(400) } : {});
      const came = await comesTo(connector().book(attempt, ways.booking()));
      expect(came).toMatch(outcome);
      expect(await effectsOf(attempt.transactionId)).toHaveLength(appointments);
      // What the dispatcher decides "transient" or "unknown" by.
      expect(attempt.recorder.writeSent).toBe(true);
    });

    test.each(['token-expired', 'html-200'] as const)(
      '%s twice is unauthorised, and nothing is booked',
      async (fault) => {
        await ways.hospital.fault({ on: 'book', fault });
        const attempt = call();
        expect(await comesTo(connector().book(attempt, ways.booking()))).toMatch(
          /^thrown unauthorised (credentials-refused|login-page)$/,
        );
        expect(await effectsOf(attempt.transactionId)).toEqual([]);
      },
    );

    test('a site that is down is certainly not reached, and heals', async () => {
      await ways.hospital.fault({ on: 'any', fault: 'down' });
      const [attempt, request] = [call(), ways.booking()];
      expect(await comesTo(connector().book(attempt, request))).toMatch(
        /^thrown unavailable not-reached$|^thrown protocol connection-lost$/,
      );
      await ways.hospital.clearFaults();
      expect(await comesTo(connector().book(call(), request))).toBe('success');
    });

    test.each(['429-retry-after', '503-retry-after'] as const)(
      '%s is unknown where the site has not proven that it means "not processed"',
      async (fault) => {
        await ways.hospital.fault({ on: 'book', fault, times: 1 });
        const strict = ways.connect(profile, { notProcessedStatuses: [] });
        expect(await strict.book(call(), ways.booking())).toMatchObject({ class: 'unknown', retryAfterMs: 2000 });
      },
    );

    test('a booking whose key could not be read back is a booking all the same', async () => {
      await ways.hospital.fault({ on: 'lookup', fault: '500' });
      const attempt = call();
      expect(await comesTo(connector().book(attempt, ways.booking()))).toBe('success');
      expect(await effectsOf(attempt.transactionId)).toHaveLength(1);
    });
  });

  test.each(['book', 'cancel', 'lookup', 'findSlots', 'matchPatient', 'listProviders', 'reschedule'] as const)(
    '%s ends within 250 ms of its deadline',
    async (operation) => {
      const request = ways.booking();
      const { slot: to } = ways.booking();
      await ways.hospital.fault({ on: 'any', fault: 'timeout-before' });
      const seen = (await ways.hospital.effects()).requests.length;
      const deadline = new AbortController();
      const attempt = call({ signal: deadline.signal });
      const run = async (): Promise<unknown> => {
        const change = { ...request, externalId: '1', identifiers: [] };
        if (operation === 'book') return connector().book(attempt, request);
        if (operation === 'lookup')
          return connector().lookup(attempt, { kind: 'book', ...request, knownExternalIds: [] });
        if (operation === 'cancel') return connector().cancel(attempt, change);
        if (operation === 'reschedule') return connector().reschedule?.(attempt, { ...change, to });
        if (operation === 'matchPatient') return connector().matchPatient?.(attempt, vera);
        const window = { from: request.slot.start, to: request.slot.end };
        const pages =
          operation === 'findSlots' ? connector().findSlots?.(attempt, window) : connector().listProviders?.(attempt);
        for await (const page of pages ?? []) return page;
        return 'nothing';
      };
      const ended = run().then(
        () => performance.now(),
        () => performance.now(),
      );
      while ((await ways.hospital.effects()).requests.length === seen) continue;
      const abortedAt = performance.now();
      deadline.abort();
      expect((await ended) - abortedAt).toBeLessThan(250);
    },
  );
});
