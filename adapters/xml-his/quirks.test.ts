import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, FoundSlot } from '#adapter-kit';
import type { QuirkValue } from '#adapter-kit/simulator';
import { collect } from '../../test/support/call.ts';
import { comesTo } from '../../test/support/simulated-hospital.ts';
import { openTwoWays, vera, type TwoWays } from '../../test/unit/xml/two-ways.ts';
import { ATTACKS } from './simulator/attacks.ts';

let ways: TwoWays;
beforeAll(async () => {
  ways = await openTwoWays();
});
afterEach(() => ways.reset());
afterAll(() => ways.hospital.close());

const call = () => ways.hospital.call();
const quirk = (id: string, value: QuirkValue): Promise<void> => ways.hospital.quirks({ [id]: value });

function dayOf({ slot }: BookRequest): Promise<FoundSlot[]> {
  const from = new Date(Date.parse(slot.start) - 12 * 3_600_000).toISOString();
  return collect(
    ways.hospital.connector.findSlots?.(call(), {
      from,
      to: new Date(Date.parse(slot.start) + 12 * 3_600_000).toISOString(),
    }),
  );
}

/** Everything that a connection does, once. */
async function roundTrip(): Promise<string[]> {
  const { connector } = ways.hospital;
  const request = ways.booking();
  const offered = await dayOf(request);
  const match = await connector.matchPatient?.(call(), vera);
  const attempt = call();
  const booked = await connector.book(attempt, request);
  const externalId = booked.class === 'success' ? booked.externalId : '';
  const found = await connector.lookup(attempt, { kind: 'book', ...request, knownExternalIds: [] });
  const cancelled = await connector.cancel(call(), { ...request, externalId, identifiers: [] });
  const providers = await collect(connector.listProviders?.(call()));
  return [
    offered.some((slot) => slot.externalId === request.slot.externalId && slot.start === request.slot.start)
      ? 'offered'
      : 'not offered',
    match?.kind ?? 'no match',
    booked.class,
    found.kind === 'found' && found.externalId === externalId ? 'found' : found.kind,
    cancelled.class,
    providers.find((each) => each.externalId === '8204')?.name.family ?? 'nobody',
  ];
}
const ALL_WELL = ['offered', 'one', 'success', 'found', 'success', 'Ёлкина'];

describe('the same meaning, written otherwise, is read the same', () => {
  test.each([
    ['X1', 'a-prefix'],
    ['X1', 'generated'],
    ['X1', 'unqualified'],
    ['X2', true],
    ['X3', 'empty'],
    ['X3', 'absent'],
    ['X5', 'soap-1.2-answer'],
    ['X6', true],
    ['X7', 'windows-1251'],
    ['X7', 'utf-16'],
    ['X7', 'declares-utf-16'],
    ['X7', 'header-lies'],
    ['X10', true],
    ['X11', 'mtom'],
    ['X11', 'comments'],
    ['X14', true],
  ] as const)('%s %s', async (id, value) => {
    await quirk(id, value);
    expect(await roundTrip()).toEqual(ALL_WELL);
  });
});

test('X14: tickets of yesterday and tickets listed twice are not offered', async () => {
  const request = ways.booking();
  const before = await dayOf(request);
  await quirk('X14', true);
  expect(await dayOf(request)).toEqual(before);
});

test('X8: a ticket at a time that the clocks skip is left out, and the others are offered', async () => {
  const request = ways.booking();
  const before = await dayOf(request);
  await quirk('X8', true);
  expect((await dayOf(request)).filter(({ externalId }) => !externalId.startsWith('9999'))).toEqual(before);
});

test('X10: a booking that is called as its ticket was has that key', async () => {
  await quirk('X10', true);
  const request = ways.booking();
  expect(await ways.hospital.connector.book(call(), request)).toMatchObject({
    class: 'success',
    externalId: request.slot.externalId,
  });
});

test.each([false, true])('X4: errors in their second shape (%s) mean the same', async (second) => {
  await quirk('X4', second);
  const request = ways.booking();
  await ways.hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
  expect(await comesTo(ways.connector('practice-rest').book(call(), request))).toBe('conflict slot-taken');
});

test('X5: a fault with status 200 is a fault', async () => {
  await quirk('X5', 'fault-200');
  await ways.hospital.fault({ on: 'book', fault: '500', times: 1 });
  expect(await comesTo(ways.hospital.connector.book(call(), ways.booking()))).toBe('unknown soap-server-fault');
});

test('X13: the method names are misspelt in the contract, and written so', async () => {
  const request = ways.booking();
  const attempt = call();
  await collect(ways.hospital.connector.findSlots?.(attempt, { from: request.slot.start, to: request.slot.end }));
  const asked = attempt.recorder.exchanges.map(({ requestBody }) => requestBody ?? '');
  expect(asked.some((body) => body.includes('<tem:GetAvaibleAppointments>'))).toBe(true);
  expect(asked.join()).not.toContain('GetAvailableAppointments');
});

describe('no answer in an answer', () => {
  test.each([
    ['html-login', 'thrown unauthorised login-page'],
    ['empty', 'thrown protocol empty-reply'],
    ['cut-off', 'thrown protocol unreadable-reply'],
  ] as const)('X9 %s to a write: %s', async (form, outcome) => {
    await quirk('X9', form);
    const attempt = call();
    expect(await comesTo(ways.hospital.connector.book(attempt, ways.booking()))).toBe(outcome);
    expect(attempt.recorder.writeSent).toBe(true);
  });

  test('X11: references to other elements are refused in so many words, and the write stays unknown', async () => {
    await quirk('X11', 'multiref');
    await expect(ways.hospital.connector.book(call(), ways.booking())).rejects.toMatchObject({
      kind: 'protocol',
      reason: 'reply-multiref',
      message: expect.stringContaining('literal messages'),
    });
  });
});

test.each(ATTACKS)('X12: an answer that attacks (%s) is refused, and proves nothing', async (form) => {
  const request = ways.booking();
  await quirk('X12', form);
  const attempt = call();
  const finding = await ways.hospital.connector.lookup(attempt, { kind: 'book', ...request, knownExternalIds: [] });
  expect(finding).toMatchObject({ kind: 'inconclusive' });
  expect(finding.kind === 'inconclusive' && finding.reason).toMatch(/^reply-/);
});

test('in strict mode nothing that the adapter does breaks the contract', async () => {
  await ways.hospital.strict(true);
  expect(await roundTrip()).toEqual(ALL_WELL);
  expect(await ways.hospital.violations()).toEqual([]);
});

test('in strict mode a booking that is sent again without a look is noticed', async () => {
  await ways.hospital.strict(true);
  await ways.hospital.fault({ on: 'lookup', fault: '500' });
  const [attempt, request] = [call(), ways.booking()];
  await ways.hospital.connector.book(attempt, request);
  await ways.hospital.connector.book(attempt, request);
  expect((await ways.hospital.violations()).map(({ rule }) => rule)).toContain('sent-again-without-look-up');
  await ways.hospital.strict(false);
});
