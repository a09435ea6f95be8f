import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteHold } from '../../src/commands/holds.ts';
import { claimSlot } from '../../src/ledger/slot-claim.ts';
import { slotConflict } from '../../src/queries/slot-conflict.ts';
import { readAvailability } from '../support/read-availability.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { holdSlot } from '../support/hold-slot.ts';
import { thrown } from '../support/thrown.ts';

let database: TestDatabase;
let clinic: Clinic;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
});
afterAll(() => database.drop());

const shown = async (): Promise<string[]> => {
  const page = await readAvailability(database.db, clinic.caller(), clinic.providerId);
  return page.items.map((slot) => slot.id);
};
/** As if its time had passed. */
const expire = (slotId: string): Promise<unknown> =>
  database.db.query(
    `with past as (update hold set expires_at = now() - interval '1 second' where slot_id = $1)
     update slot set held_until = now() - interval '1 second' where id = $1`,
    [slotId],
  );

describe('a hold', () => {
  test('of one slot that 50 clients want at once is given to exactly one, and the others learn whose hold is in the way', async () => {
    const slotId = await clinic.addSlot();
    const holds = await Promise.all(
      Array.from({ length: 50 }, () => holdSlot(database.db, clinic.caller(), { slotId })),
    );
    const won = holds.filter((hold) => hold !== undefined);
    expect(won).toHaveLength(1);
    const error = await slotConflict(database.db, clinic.caller(), slotId);
    expect(error.code).toBe('slot-taken');
    expect(error.members['conflicts']).toEqual([{ kind: 'hold', slotId, until: won[0]?.expiresAt }]);
  });

  test('takes the slot out of what is offered, and letting it go puts it back', async () => {
    const slotId = await clinic.addSlot();
    const caller = clinic.caller();
    const hold = await holdSlot(database.db, caller, { slotId, ttlSeconds: 60 });
    expect(Date.parse(hold?.expiresAt ?? '') - Date.now()).toBeGreaterThan(50_000);
    expect(Date.parse(hold?.expiresAt ?? '') - Date.now()).toBeLessThanOrEqual(61_000);
    expect(await shown()).toEqual([]);
    await deleteHold(database.db, caller, hold?.id ?? '');
    expect(await shown()).toEqual([slotId]);
  });

  test('that has ended by itself gives the slot to the next client', async () => {
    const slotId = await clinic.addSlot();
    const first = await holdSlot(database.db, clinic.caller(), { slotId });
    await expire(slotId);
    expect(await shown()).toEqual([slotId]);
    const next = await holdSlot(database.db, clinic.caller(), { slotId });
    expect(next?.slotId).toBe(slotId);
    expect(next?.id).not.toBe(first?.id);
  });

  test('is given once, also when all who ask are users of one client', async () => {
    const slotId = await clinic.addSlot();
    const caller = clinic.caller();
    const holds = await Promise.all(Array.from({ length: 20 }, () => holdSlot(database.db, caller, { slotId })));
    expect(holds.filter((hold) => hold !== undefined)).toHaveLength(1);
  });

  test('can be let go by its holder alone', async () => {
    const slotId = await clinic.addSlot();
    const hold = await holdSlot(database.db, clinic.caller(), { slotId });
    expect((await thrown(deleteHold(database.db, clinic.caller(), hold?.id ?? ''))).code).toBe('not-found');
    const stranger = (await createClinic(database.db)).caller();
    expect((await thrown(deleteHold(database.db, stranger, hold?.id ?? ''))).code).toBe('not-found');
    expect((await thrown(deleteHold(database.db, stranger, 'nonsense'))).code).toBe('not-found');
    expect(await shown()).toEqual([]);
  });

  test('that has ended cannot be let go any more, so that nobody frees the slot of the next holder', async () => {
    const slotId = await clinic.addSlot();
    const caller = clinic.caller();
    const hold = await holdSlot(database.db, caller, { slotId });
    await expire(slotId);
    await holdSlot(database.db, clinic.caller(), { slotId });
    expect((await thrown(deleteHold(database.db, caller, hold?.id ?? ''))).code).toBe('not-found');
    expect(await shown()).toEqual([]);
  });

  test('asked for again, let go and booked at the same moment, over and over, never blocks itself', async () => {
    for (let round = 0; round < 20; round++) {
      const slotId = await clinic.addSlot({ inHours: 1 + round });
      const caller = clinic.caller();
      const hold = await holdSlot(database.db, caller, { slotId });
      const appointmentId = randomUUID();
      const holdId = hold?.id ?? '';
      const [booked, , again] = await Promise.all([
        database.db.transaction(async (tx) => {
          const claim = {
            organizationId: clinic.organizationId,
            clientId: caller.clientId,
            slotId,
            holdId,
            appointmentId,
          };
          const taken = await claimSlot(tx, claim);
          // The claim's appointment would follow here; without it the claim must not stay.
          await tx.query('delete from slot_claim where appointment_id = $1', [appointmentId]);
          return taken;
        }),
        deleteHold(database.db, caller, holdId).catch((error: unknown) =>
          expect(error).toMatchObject({ code: 'not-found' }),
        ),
        holdSlot(database.db, caller, { slotId }),
      ]);
      const { rows } = await database.db.query('select status, held_until from slot where id = $1', [slotId]);
      expect(rows).toMatchObject([{ status: booked ? 'busy' : 'free' }]);
      // Whoever came last has it: a booking leaves no hold behind.
      if (booked || !again) expect(rows).toMatchObject([{ held_until: null }]);
    }
  });

  test('is refused for slots that are booked, blocked, past, unknown, or of another organization', async () => {
    const booked = await clinic.addSlot({ inHours: 1 });
    await clinic.book(booked);
    const blocked = await clinic.addSlot({ inHours: 2, status: 'blocked' });
    const past = await clinic.addSlot({ inHours: -1 });
    const elsewhere = await (await createClinic(database.db)).addSlot();
    const kinds: unknown[] = [];
    for (const slotId of [booked, blocked, past]) {
      expect(await holdSlot(database.db, clinic.caller(), { slotId })).toBeUndefined();
      kinds.push((await slotConflict(database.db, clinic.caller(), slotId)).members['conflicts']);
    }
    expect(kinds).toEqual([
      [{ kind: 'appointment', slotId: booked }],
      [{ kind: 'blocked', slotId: blocked }],
      [{ kind: 'past', slotId: past }],
    ]);
    for (const slotId of [elsewhere, randomUUID(), 'nonsense']) {
      expect(await holdSlot(database.db, clinic.caller(), { slotId })).toBeUndefined();
      expect((await slotConflict(database.db, clinic.caller(), slotId)).code).toBe('not-found');
    }
  });

  test('is refused to a patient that holds 5 slots, also when it asks for all at once', async () => {
    const caller = clinic.caller('patient');
    const slots: string[] = [];
    for (let hour = 1; hour <= 8; hour++) slots.push(await clinic.addSlot({ inHours: hour }));
    const results = await Promise.allSettled(slots.map((slotId) => holdSlot(database.db, caller, { slotId })));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'quota-exceeded' });
    // Another client is not concerned.
    const left = slots[results.findIndex((result) => result.status === 'rejected')] ?? '';
    expect(await holdSlot(database.db, clinic.caller(), { slotId: left })).toMatchObject({ slotId: left });
  });
});

describe('who cannot have a slot is offered', () => {
  test('the next free slots of the same provider, then the soonest of the same specialty, five in all', async () => {
    const [mine, same, other] = [
      await clinic.addProvider({ specialties: ['cardiology'] }),
      await clinic.addProvider({ specialties: ['cardiology', 'internal medicine'] }),
      await clinic.addProvider({ specialties: ['dermatology'] }),
    ];
    const wanted = await clinic.addSlot({ providerId: mine, inHours: 10 });
    await clinic.book(wanted);
    await clinic.addSlot({ providerId: mine, inHours: 9 });
    const own = [
      await clinic.addSlot({ providerId: mine, inHours: 12 }),
      await clinic.addSlot({ providerId: mine, inHours: 14 }),
    ];
    const heldBySomebody = await clinic.addSlot({ providerId: mine, inHours: 11 });
    await holdSlot(database.db, clinic.caller(), { slotId: heldBySomebody });
    await clinic.addSlot({ providerId: other, inHours: 10 });
    const theirs: string[] = [];
    for (const inHours of [10, 11, 12, 13]) theirs.push(await clinic.addSlot({ providerId: same, inHours }));
    const { members } = await slotConflict(database.db, clinic.caller(), wanted);
    expect(members['alternatives']).toMatchObject(
      [...own, ...theirs.slice(0, 3)].map((id) => ({ id, status: 'free' })),
    );
  });

  test('one seat of a slot that has several', async () => {
    const start = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 3_600_000).toISOString();
    const wanted = await clinic.addSlot({ inHours: 0.5 });
    await clinic.book(wanted);
    const [first] = [await clinic.addSlot({ start, seat: 1 }), await clinic.addSlot({ start, seat: 2 })];
    const { members } = await slotConflict(database.db, clinic.caller(), wanted);
    expect(members['alternatives']).toMatchObject([{ id: first }]);
  });
});
