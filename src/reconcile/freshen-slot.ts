/** Asks the HIS about one slot that it has not confirmed for too long, before it is booked. */
import { AdapterError } from '../adapter-kit/index.ts';
import { mirrorSlots, tellChangedSlots } from '../connections/mirror-slots.ts';
import { TurnRefused } from '../connections/turns.ts';
import { isId } from '../domain/index.ts';
import { NotRead, readSlots, type ReadingParts } from './read-his.ts';

/** Somebody waits: for the turn too. */
const DEADLINE_MS = 4_000;
/** Windows are of starts: the slot's own, and nothing that matters beside it. */
const WINDOW_MS = 60_000;

/**
 * What the HIS says is in the model when this resolves. Where it does not say anything, the slot stays as it is: the booking itself
 * will tell. Does nothing for a slot that is not stale, not free, or of a HIS that cannot be asked.
 */
export async function freshenSlot(parts: ReadingParts, organizationId: string, slotId: string): Promise<void> {
  if (!isId(slotId)) return;
  const { db, connections, log } = parts;
  const found = await db.query<{ connectionId: string; externalId: string; start: string; begunAt: string }>(
    `select s.connection_id as "connectionId", s.external_id as "externalId", s.start_at as start, clock_timestamp() as "begunAt"
     from slot s join connection c on c.id = s.connection_id
     where s.id = $1 and s.organization_id = $2 and s.status = 'free' and s.external_id is not null and s.start_at > now()
       and c.managed_by = 'his' and c.state = 'active'
       and s.as_of < now() - (c.policy ->> 'staleAfterMs')::float8 * interval '1 ms'`,
    [slotId, organizationId],
  );
  const [slot] = found.rows;
  if (!slot) return;
  const { connectionId, externalId, start, begunAt } = slot;
  try {
    const { connection } = await connections.get(connectionId);
    if (!connection.connector.findSlots || connection.breakerOpen) return;
    const to = new Date(Date.parse(start) + WINDOW_MS).toISOString();
    const reading = await readSlots(parts, connection, { from: start, to }, DEADLINE_MS);
    const offered = reading.items.filter((each) => each.externalId === externalId);
    // What was left out may be the slot.
    const vanished = offered.length === 0 && reading.leftOut === 0 ? [slotId] : [];
    await db.transaction(async (tx) => {
      const at = { organizationId, connectionId };
      await tellChangedSlots(tx, at, await mirrorSlots(tx, at, { begunAt, offered, vanished }));
    });
  } catch (error) {
    // An AdapterError: the settings of the connection cannot be used, of which its check tells a person.
    if (!(error instanceof NotRead || error instanceof TurnRefused || error instanceof AdapterError)) throw error;
    log.warn({ connectionId, slotId }, 'a stale slot could not be asked about: the booking will tell');
  }
}
