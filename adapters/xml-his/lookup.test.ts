import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, LookupRequest } from '#adapter-kit';
import { LOOKUP_PROFILES } from '#adapter-kit/simulator';
import { comesTo } from '../../test/support/simulated-hospital.ts';
import { PROFILES, openTwoWays, vera, type TwoWays } from '../../test/unit/xml/two-ways.ts';

let ways: TwoWays;
beforeAll(async () => {
  ways = await openTwoWays();
});
afterEach(() => ways.reset());
afterAll(() => ways.hospital.close());

const call = () => ways.hospital.call();
const askedFor = (request: BookRequest, knownExternalIds: readonly string[] = []): LookupRequest => ({
  kind: 'book',
  ...request,
  knownExternalIds,
});

async function vendorIdOf(transactionId: string): Promise<string | undefined> {
  return (await ways.hospital.effects()).appointments.find((each) => each.transactionId === transactionId)?.vendorId;
}

test('practice-rest: an appointment of the same patient and slot that was made at the desk is not ours where comments can be read', async () => {
  const connector = ways.connector('practice-rest');
  const request = ways.booking({ ...vera, externalId: '5d491897-0160-11eb-b859-e8de27c31bff' });
  await ways.hospital.fault({ on: 'book', fault: 'reset-before', times: 1 });
  const attempt = call();
  expect(await comesTo(connector.book(attempt, request))).toBe('thrown protocol connection-lost');
  const { vendorId: externalId } = await ways.hospital.edit({
    op: 'book-outside',
    externalId: request.slot.externalId,
  });
  expect(await connector.lookup(attempt, askedFor(request))).toEqual({ kind: 'taken' });
  await ways.hospital.profile('by-patient-and-time');
  expect(await connector.lookup(attempt, askedFor(request))).toMatchObject({ kind: 'found', externalId });
});

describe.each(PROFILES)('%s', (name) => {
  const connector = () => ways.connector(name);
  const blind = { kind: 'inconclusive', reason: 'lookup-not-permitted', never: true };

  describe.each(LOOKUP_PROFILES)('where a lost booking can be found %s', (profile) => {
    test('a booking whose answer was lost is found with its own key', async () => {
      await ways.hospital.profile(profile);
      await ways.hospital.fault({ on: 'book', fault: 'reset-after-commit', times: 1 });
      const [attempt, request] = [call(), ways.booking()];
      expect(await comesTo(connector().book(attempt, request))).toBe('thrown protocol connection-lost');
      const finding = await connector().lookup(attempt, askedFor(request));
      const externalId = await vendorIdOf(attempt.transactionId);
      expect(externalId).toEqual(expect.any(String));
      expect(finding).toEqual(profile === 'none' ? blind : { kind: 'found', externalId, identifiers: [] });
    });

    test('a booking that never arrived is absent while its slot is offered', async () => {
      await ways.hospital.profile(profile);
      expect(await connector().lookup(call(), askedFor(ways.booking()))).toEqual(
        profile === 'none' ? blind : { kind: 'absent' },
      );
    });

    test('a slot that somebody else has, and no appointment of ours, is taken', async () => {
      await ways.hospital.profile(profile);
      const request = ways.booking();
      await ways.hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
      expect(await connector().lookup(call(), askedFor(request))).toEqual(
        profile === 'none' ? blind : { kind: 'taken' },
      );
    });

    test('an appointment of another transaction is not ours, though patient and time are the same', async () => {
      await ways.hospital.profile(profile);
      const request = ways.booking();
      const other = call();
      await connector().book(other, request);
      const known = [(await vendorIdOf(other.transactionId)) ?? ''];
      expect(await connector().lookup(call(), askedFor(request, known))).toEqual(
        profile === 'none' ? blind : { kind: 'taken' },
      );
    });
  });

  test('the reference alone tells two transactions apart, without a list of known appointments', async () => {
    const request = ways.booking();
    await connector().book(call(), request);
    expect(await connector().lookup(call(), askedFor(request))).toEqual({ kind: 'taken' });
  });

  test.each(['500', '503-retry-after', 'malformed', 'truncated', 'error-in-200', 'html-200', 'reset-before'] as const)(
    'a look that meets %s proves nothing',
    async (fault) => {
      await ways.hospital.fault({ on: 'lookup', fault });
      expect(await connector().lookup(call(), askedFor(ways.booking()))).toMatchObject({ kind: 'inconclusive' });
    },
  );

  test('an absence that cannot see whether the slot is free proves nothing', async () => {
    await ways.hospital.fault({ on: 'slots', fault: '500' });
    expect(await connector().lookup(call(), askedFor(ways.booking()))).toMatchObject({ kind: 'inconclusive' });
  });

  test('the same request again is answered with the first result where the HIS honours a key', async () => {
    await ways.hospital.profile('idempotency-key');
    const [attempt, request] = [call(), ways.booking()];
    const outcomes = await Promise.all([connector().book(attempt, request), connector().book(attempt, request)]);
    expect(outcomes[0]).toMatchObject({ class: 'success' });
    expect(outcomes[1]).toEqual(outcomes[0]);
  });

  describe('of a change', () => {
    async function booked(): Promise<BookRequest & { externalId: string; identifiers: [] }> {
      const request = ways.booking();
      const outcome = await connector().book(call(), request);
      if (outcome.class !== 'success') throw new Error(`expected a booking, got ${outcome.reason}`);
      return { ...request, externalId: outcome.externalId, identifiers: [] };
    }
    const LOST = [
      ['reset-after-commit', 'thrown protocol connection-lost', 'found'],
      ['502-after-commit', 'unknown gateway', 'found'],
      ['reset-before', 'thrown protocol connection-lost', 'absent'],
      ['error-in-200', 'uncategorised unlisted-code', 'absent'],
      ['malformed', 'thrown protocol unreadable-reply', 'absent'],
      ['truncated', 'thrown protocol connection-lost', 'absent'],
    ] as const;

    test.each(LOST)(
      'a cancellation that met %s comes to %s, and the appointment says: %s',
      async (fault, outcome, kind) => {
        const appointment = await booked();
        await ways.hospital.fault({ on: 'cancel', fault, times: 1 });
        const attempt = call();
        expect(await comesTo(connector().cancel(attempt, appointment))).toBe(outcome);
        expect(await connector().lookup(attempt, { kind: 'cancel', ...appointment })).toMatchObject({ kind });
      },
    );

    test.each(LOST)('a move that met %s comes to %s, and the appointment says: %s', async (fault, outcome, kind) => {
      const appointment = await booked();
      const { slot: to } = ways.booking();
      await ways.hospital.fault({ on: 'reschedule', fault, times: 1 });
      const attempt = call();
      const moved = connector().reschedule?.(attempt, { ...appointment, to });
      expect(moved && (await comesTo(moved))).toBe(outcome);
      const finding = await connector().lookup(attempt, { kind: 'reschedule', ...appointment, to });
      expect(finding).toMatchObject(kind === 'found' ? { kind, externalId: appointment.externalId } : { kind });
    });

    test.each(['reset-after-commit', 'reset-before'] as const)(
      'a move that met %s is found out, also where no more than the ticket of the booking is known',
      async (fault) => {
        const appointment = await booked();
        const { externalId } = appointment;
        const known = { ...appointment, externalId: appointment.slot.externalId ?? '' };
        const { slot: to } = ways.booking();
        await ways.hospital.fault({ on: 'reschedule', fault, times: 1 });
        const attempt = call();
        // The HIS moves what it is asked to by either name; only the answer is lost.
        const moved = connector().reschedule?.(attempt, { ...(name === 'regional-soap' ? known : appointment), to });
        if (moved) await comesTo(moved);
        expect(await connector().lookup(attempt, { kind: 'reschedule', ...known, to })).toMatchObject(
          fault === 'reset-before' ? { kind: 'absent' } : { kind: 'found', externalId },
        );
      },
    );

    test('a cancellation that is refused as unknown, and cannot be looked at, is unknown', async () => {
      const appointment = await booked();
      await ways.hospital.fault({ on: 'lookup', fault: '500' });
      const outcome = await connector().cancel(call(), { ...appointment, externalId: '1' });
      expect(outcome).toMatchObject({ class: 'unknown', reason: 'cancellation-unclear' });
    });

    test('stays unknown where no appointment may be read', async () => {
      const appointment = await booked();
      const { slot: to } = ways.booking();
      await ways.hospital.profile('none');
      expect(await connector().lookup(call(), { kind: 'cancel', ...appointment })).toEqual(blind);
      expect(await connector().lookup(call(), { kind: 'reschedule', ...appointment, to })).toEqual(blind);
    });

    test('a cancellation under a key that the HIS does not know finds the appointment by its time', async () => {
      const appointment = await booked();
      // The HIS knows it under another key than the one it is cancelled by.
      const outcome = await connector().cancel(call(), { ...appointment, externalId: '1' });
      expect(outcome).toMatchObject({ class: 'success' });
      const { appointments } = await ways.hospital.effects();
      expect(appointments.find(({ vendorId }) => vendorId === appointment.externalId)?.status).toBe('cancelled');
    });
  });
});
