/** Single slots of hub-managed connections: made outside the schedule, taken out of service and back. */
import { newId } from '../db/new-id.ts';
import { HubError, isId, notFound, type Caller, type ManagedBy, type Mode, type SlotStatus } from '../domain/index.ts';
import { isExclusionViolation, type Database, type Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { FieldErrors } from './field-errors.ts';
import { addWorkplaces, checkOwnProvider, findSites, lockHubProvider, managedByHis } from './hub-managed.ts';

const LENGTH_MS_MAX = 24 * 3_600_000;

export interface SlotInput {
  readonly providerId: string;
  readonly locationId: string;
  /** RFC 3339. */
  readonly start: string;
  readonly end: string;
  readonly mode?: Mode;
}

/**
 * Returns the new slot's id. Errors: validation (also: no such provider or location), forbidden, managed-by-his,
 * state-conflict with member `overlapping`: the ids of the provider's slots in that time.
 */
export async function createSlot(db: Database, caller: Caller, input: SlotInput): Promise<string> {
  checkTimes(input);
  const id = newId();
  try {
    await db.transaction((tx) => insertSlot(tx, caller, id, input));
  } catch (error) {
    if (!isExclusionViolation(error, 'slot_overlap')) throw error;
    throw overlapping(await overlapsOf(db, caller, input), error);
  }
  return id;
}

async function insertSlot(tx: Sql, caller: Caller, id: string, input: SlotInput): Promise<void> {
  const provider = await lockHubProvider(tx, caller, input.providerId);
  const site = (await findSites(tx, caller, [input.locationId])).get(input.locationId);
  const errors = new FieldErrors();
  if (site?.connectionId !== provider.connectionId)
    errors.add('/locationId', "expected the id of a location of the provider's connection");
  errors.check();
  const overlaps = await overlapsOf(tx, caller, input);
  if (overlaps.length > 0) throw overlapping(overlaps);
  await tx.query(
    // `single`: the rules of the schedule do not give it, and must not take it away.
    `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status,
       hub_managed, details)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'free', true, '{"single": true}')`,
    [
      id,
      caller.organizationId,
      provider.connectionId,
      provider.id,
      input.locationId,
      input.start,
      input.end,
      input.mode ?? 'in-person',
    ],
  );
  await addWorkplaces(tx, provider.id, [input.locationId]);
  await announce(tx, caller, { id, connectionId: provider.connectionId, providerId: provider.id, status: 'free' });
}

function checkTimes(input: SlotInput): void {
  const errors = new FieldErrors();
  const [start, end] = [Date.parse(input.start), Date.parse(input.end)];
  if (start <= Date.now()) errors.add('/start', 'expected a time in the future');
  if (end <= start) errors.add('/end', 'expected a time after "start"');
  else if (end - start > LENGTH_MS_MAX) errors.add('/end', 'expected at most 24 hours after "start"');
  errors.check();
}

async function overlapsOf(sql: Sql, caller: Caller, { providerId, start, end }: SlotInput): Promise<string[]> {
  const found = await sql.query<{ id: string }>(
    `select id from slot where organization_id = $1 and provider_id = $2 and hub_managed
       and tstzrange(start_at, end_at) && tstzrange($3, $4) order by start_at, seat limit 50`,
    [caller.organizationId, providerId, start, end],
  );
  return found.rows.map((row) => row.id);
}

const overlapping = (ids: readonly string[], cause?: unknown): HubError =>
  new HubError('state-conflict', `The provider has other slots in that time: ${ids.join(', ')}. Choose another time.`, {
    members: { overlapping: ids },
    cause,
  });

/**
 * Takes a slot out of service, or back into it. Saying again what is true already changes nothing.
 * Errors: not-found, forbidden, managed-by-his, state-conflict (booked, held, or no longer part of the schedule).
 */
export async function updateSlot(db: Database, caller: Caller, id: string, status: 'free' | 'blocked'): Promise<void> {
  if (!isId(id)) throw notFound('slot');
  await db.transaction(async (tx) => {
    const slot = await lockSlot(tx, caller, id);
    if (slot.status === status) return;
    await tx.query('update slot set status = $3, as_of = now() where id = $1 and organization_id = $2', [
      id,
      caller.organizationId,
      status,
    ]);
    await announce(tx, caller, { id, connectionId: slot.connection_id, providerId: slot.provider_id, status });
  });
}

interface LockedSlot {
  readonly provider_id: string;
  readonly connection_id: string;
  readonly status: SlotStatus;
}

/** The row of a slot that may be changed, locked. */
async function lockSlot(tx: Sql, caller: Caller, id: string): Promise<LockedSlot> {
  const found = await tx.query<LockedSlot & { managed_by: ManagedBy; in_schedule: boolean; held: boolean }>(
    `select s.provider_id, s.connection_id, s.status, c.managed_by, s.hub_managed and not s.withdrawn as in_schedule,
       coalesce(s.held_until > now(), false) as held
     from slot s join connection c on c.id = s.connection_id
     where s.id = $1 and s.organization_id = $2 for update of s`,
    [id, caller.organizationId],
  );
  const [slot] = found.rows;
  if (!slot) throw notFound('slot');
  checkOwnProvider(caller, slot.provider_id);
  if (slot.managed_by === 'his') throw managedByHis('slot');
  // A statement of its own: the one that locked may have begun before a booking committed.
  const claim = await tx.query('select 1 from slot_claim where slot_id = $1', [id]);
  if (claim.rowCount !== 0 || slot.status === 'busy')
    throw conflict('it is booked: cancel or move the appointment first');
  if (!slot.in_schedule) throw conflict('the schedule no longer has it: change the schedule, or make a new slot');
  if (slot.held) throw conflict('somebody holds it just now: try again when the hold has ended');
  return slot;
}

const conflict = (why: string): HubError => new HubError('state-conflict', `The slot cannot be changed: ${why}.`);

async function announce(
  tx: Sql,
  caller: Caller,
  slot: {
    readonly id: string;
    readonly connectionId: string;
    readonly providerId: string;
    readonly status: SlotStatus;
  },
): Promise<void> {
  const data = { slotId: slot.id, providerId: slot.providerId, status: slot.status };
  await appendEvents(tx, [
    { organizationId: caller.organizationId, connectionId: slot.connectionId, type: 'slot.changed', data },
  ]);
}
