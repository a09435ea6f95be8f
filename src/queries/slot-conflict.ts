/** Why a slot cannot be had, and what can be had instead. */
import { HubError, isId, notFound, type Caller, type Slot, type SlotStatus } from '../domain/index.ts';
import { Grouped, type Sql } from '../db/database.ts';
import { IS_FIRST_FREE_SEAT, IS_FREE, SLOT_COLUMNS, SLOT_JOINS, STATUS, slotOf, type SlotRow } from './slot-row.ts';
import { utcTime } from './times.ts';

const ALTERNATIVES_MAX = 5;

export interface SlotConflict {
  /** What stands in the way. `appointment`: booked, here or at the HIS. */
  readonly kind: 'hold' | 'appointment' | 'blocked' | 'past';
  readonly slotId: string;
  /** When the hold ends by itself; RFC 3339. */
  readonly until?: string;
}

interface Row {
  readonly [column: string]: unknown;
  readonly providerId: string;
  readonly from: string;
  readonly status: SlotStatus;
  readonly past: boolean;
  readonly claimed: boolean;
  readonly heldUntil: string | null;
  readonly specialties: readonly string[];
}

/**
 * The answer to a caller who cannot have the slot: slot-taken, with members `conflicts` (all that stands in the way) and
 * `alternatives` (up to 5 free slots from the same time on: the same provider's, then those of the same specialty);
 * or not-found, when the organization has no such slot. Reads what is true now, so call it after the attempt has failed.
 */
export async function slotConflict(sql: Sql, caller: Caller, slotId: string): Promise<HubError> {
  if (!isId(slotId)) return notFound('slot');
  const found = await sql.query<Row>(READ, [slotId, caller.organizationId]);
  const [row] = found.rows;
  if (!row) return notFound('slot');
  const conflicts = conflictsOf(row, slotId);
  const alternatives = await ofProvider(sql, row, slotId);
  const missing = ALTERNATIVES_MAX - alternatives.length;
  if (missing > 0 && row.specialties.length > 0) alternatives.push(...(await ofSpecialties(sql, caller, row, missing)));
  const why =
    conflicts.map(({ kind }) => WHY[kind]).join(', and ') ||
    'it was taken a moment ago, and is free again: try once more';
  return new HubError('slot-taken', `The slot cannot be had: ${why}. Take one of "alternatives", or search again.`, {
    members: { conflicts, alternatives },
  });
}

/** For many who want one slot the same is read once. Of the rows of one organization. */
export class SlotConflicts {
  readonly #grouped: Grouped<{ readonly caller: Caller; readonly slotId: string }, HubError>;

  constructor(db: Sql) {
    this.#grouped = new Grouped(async (asked) => {
      const read = new Map<string, Promise<HubError>>();
      for (const { caller, slotId } of asked) {
        if (!read.has(slotId)) read.set(slotId, slotConflict(db, caller, slotId));
      }
      return Promise.all(asked.map(async ({ slotId }) => (await read.get(slotId)) ?? notFound('slot')));
    });
  }

  /** As slotConflict(). */
  of(caller: Caller, slotId: string): Promise<HubError> {
    return this.#grouped.ask({ caller, slotId });
  }
}

const WHY: Readonly<Record<SlotConflict['kind'], string>> = {
  hold: 'somebody holds it',
  appointment: 'it is booked',
  blocked: 'it is out of service',
  past: 'it has begun already',
};

function conflictsOf(row: Row, slotId: string): SlotConflict[] {
  const conflicts: SlotConflict[] = [];
  if (row.claimed || row.status === 'busy') conflicts.push({ kind: 'appointment', slotId });
  if (row.status === 'blocked') conflicts.push({ kind: 'blocked', slotId });
  if (row.heldUntil !== null) conflicts.push({ kind: 'hold', slotId, until: row.heldUntil });
  if (row.past) conflicts.push({ kind: 'past', slotId });
  return conflicts;
}

const READ = `select s.provider_id as "providerId", greatest(s.start_at, now())::text as "from", ${STATUS} as status,
  s.start_at <= now() as past, exists (select 1 from slot_claim where slot_id = s.id) as claimed,
  case when s.held_until > now() then ${utcTime('s.held_until')} end as "heldUntil", p.specialties
  from slot s join provider p on p.id = s.provider_id
  where s.id = $1 and s.organization_id = $2`;

async function ofProvider(sql: Sql, row: Row, slotId: string): Promise<Slot[]> {
  const found = await sql.query<SlotRow>(
    `select ${SLOT_COLUMNS} from slot s ${SLOT_JOINS}
     where s.provider_id = $1 and ${IS_FREE} and ${IS_FIRST_FREE_SEAT} and s.start_at >= $2::timestamptz and s.id <> $3
     order by s.start_at, s.id limit ${ALTERNATIVES_MAX}`,
    [row.providerId, row.from, slotId],
  );
  return found.rows.map(slotOf);
}

/** The soonest of each provider first, then the soonest of all: one look into the index of free slots per provider. */
async function ofSpecialties(sql: Sql, caller: Caller, row: Row, limit: number): Promise<Slot[]> {
  const found = await sql.query<SlotRow>(
    `select ${SLOT_COLUMNS} from (
       select near.id from provider p cross join lateral (
         select s.id, s.start_at from slot s
         where s.provider_id = p.id and ${IS_FREE} and ${IS_FIRST_FREE_SEAT} and s.start_at >= $4::timestamptz
         order by s.start_at, s.id limit $5) near
       where p.organization_id = $1 and p.id <> $2 and p.specialties && $3
       order by near.start_at, near.id limit $5) found
     join slot s on s.id = found.id ${SLOT_JOINS} order by s.start_at, s.id`,
    [caller.organizationId, row.providerId, row.specialties, row.from, limit],
  );
  return found.rows.map(slotOf);
}
