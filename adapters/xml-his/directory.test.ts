import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { CheckStep, Person } from '#adapter-kit';
import { collect } from '../../test/support/call.ts';
import { comesTo } from '../../test/support/simulated-hospital.ts';
import { PROFILES, openTwoWays, vera, type TwoWays } from '../../test/unit/xml/two-ways.ts';

let ways: TwoWays;
beforeAll(async () => {
  ways = await openTwoWays();
});
afterEach(() => ways.reset());
afterAll(() => ways.hospital.close());

const call = () => ways.hospital.call();
const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString();

describe.each(PROFILES)('%s', (profile) => {
  const connector = () => ways.connector(profile);

  test('lists locations with their zones, and providers with what they do and where', async () => {
    expect(await collect(connector().listLocations?.(call()))).toEqual([
      { externalId: '27', name: 'Поликлиника № 27', timeZone: 'Europe/Moscow' },
      { externalId: '43', name: 'Branch Office 43', timeZone: 'America/New_York' },
    ]);
    const providers = await collect(connector().listProviders?.(call()));
    expect(providers.length).toBeGreaterThanOrEqual(6);
    expect(providers).toContainEqual({
      externalId: '8117',
      name: { family: 'Иванова', given: ['Мария', 'Петровна'] },
      specialties: ['Терапия'],
      locationExternalIds: ['27'],
    });
  });

  test('finds more than 300 free slots, each once, at the times of its clinic', async () => {
    const window = { from: hours(2), to: hours(21 * 24) };
    const slots = await collect(connector().findSlots?.(call(), window));
    expect(slots.length).toBeGreaterThan(300);
    expect(new Set(slots.map(({ externalId }) => externalId)).size).toBe(slots.length);
    expect(slots.every(({ start }) => start >= window.from.slice(0, 19) && start < window.to)).toBe(true);
    const hourIn = (timeZone: string, start: string): number =>
      Number(new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(new Date(start)));
    for (const { locationExternalId, start } of slots) {
      const hour = hourIn(locationExternalId === '27' ? 'Europe/Moscow' : 'America/New_York', start);
      expect(hour >= 8 && hour < 18).toBe(true);
    }
    expect(slots.some(({ mode }) => mode === 'telemedicine')).toBe(true);
  });

  test('the keys of slots are the HIS’s own, with their leading zeros', async () => {
    const { slot } = ways.booking();
    expect(slot.externalId).toMatch(/^0{2,}\d+$/);
    await ways.hospital.edit({ op: 'block-slot', externalId: slot.externalId });
    const slots = await collect(connector().findSlots?.(call(), { from: slot.start, to: slot.end }));
    expect(slots.map(({ externalId }) => externalId)).not.toContain(slot.externalId);
  });

  const newcomer = profile === 'regional-soap' ? '9051' : '9052';
  test('a renamed and an added provider are seen at the next reading', async () => {
    await ways.hospital.edit({ op: 'rename-provider', externalId: '9302', name: 'Ines Maria Okafor-Lind' });
    await ways.hospital.edit({ op: 'add-provider', externalId: newcomer, name: 'Grace Hopper' });
    const providers = await collect(connector().listProviders?.(call()));
    expect(providers.find(({ externalId }) => externalId === '9302')?.name).toEqual({
      family: 'Okafor-Lind',
      given: ['Ines', 'Maria'],
    });
    expect(providers.find(({ externalId }) => externalId === newcomer)?.name).toEqual({
      family: 'Hopper',
      given: ['Grace'],
    });
    await ways.hospital.edit({ op: 'rename-provider', externalId: '9302', name: 'Ines Okafor' });
  });

  describe('a patient', () => {
    const person = (family: string, given: string, birthDate: string): Person => ({
      ...vera,
      name: { family, given: [given] },
      birthDate,
    });

    test('is found by name and birth date', async () => {
      const match = await connector().matchPatient?.(call(), vera);
      expect(match).toMatchObject({ kind: 'one', evidence: { externalId: vera.externalId } });
    });

    test('with an apostrophe in the name is found all the same', async () => {
      const match = await connector().matchPatient?.(call(), person("O'Neil", 'Sean', '1990-02-28'));
      expect(match).toMatchObject({ kind: 'one', evidence: { externalId: '5d491897-0160-11eb-b859-e8de27c31b77' } });
    });

    test('of whom there are two is not chosen', async () => {
      expect(await connector().matchPatient?.(call(), person('Novak', 'Anna', '1990-02-02'))).toEqual({ kind: 'many' });
    });

    test('whom nobody knows is none, and is found once created', async () => {
      const newcomerPerson = person('<Ünal & Söhne>', `Ada${newcomer}`, '1984-05-23');
      expect(await connector().matchPatient?.(call(), newcomerPerson)).toEqual({ kind: 'none' });
      const created = await connector().createPatient?.(call(), newcomerPerson);
      expect(created).toMatchObject({ class: 'success', externalId: expect.any(String) });
      const match = await connector().matchPatient?.(call(), newcomerPerson);
      expect(match).toMatchObject({
        kind: 'one',
        evidence: { externalId: created?.class === 'success' ? created.externalId : '' },
      });
    });
  });

  describe('a check', () => {
    async function steps(work = connector()): Promise<CheckStep[]> {
      const all: CheckStep[] = [];
      for await (const step of work.check?.(call()) ?? []) all.push(step);
      return all;
    }

    test('of a sound connection passes every step and writes nothing', async () => {
      const before = (await ways.hospital.effects()).appointments.length;
      expect((await steps()).map(({ step, ok }) => `${step} ${String(ok)}`)).toEqual([
        'auth true',
        'read true',
        'map true',
        'write true',
      ]);
      expect((await ways.hospital.effects()).appointments).toHaveLength(before);
    });

    test.each([
      ['token-expired', ['auth false']],
      ['500', ['auth true', 'read false']],
    ] as const)('that meets %s stops there', async (fault, expected) => {
      await ways.hospital.fault({ on: 'any', fault });
      expect((await steps()).map(({ step, ok }) => `${step} ${String(ok)}`)).toEqual(expected);
    });
  });

  test('a wrong password is unauthorised, after one renewal', async () => {
    await ways.hospital.fault({ on: 'any', fault: 'token-expired' });
    const attempt = call();
    expect(await comesTo(connector().book(attempt, ways.booking()))).toBe('thrown unauthorised credentials-refused');
    expect(attempt.recorder.exchanges).toHaveLength(2);
  });
});
