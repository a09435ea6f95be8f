/** A book of the hub's own with nothing in it, and slots to enter: for the conformance suite. */
import { newId } from '../db/new-id.ts';
import type { SlotAtHis } from '../adapter-kit/index.ts';
import { SANDBOX_POLICY } from '../domain/index.ts';
import type { HubSide } from '../conformance/index.ts';
import type { Database } from '../db/database.ts';
import { openHubBook } from '../ledger/hub-book.ts';

const TIMES = 24;
const SLOT_MS = 30 * 60_000;
const AHEAD_MS = 26 * 3_600_000;
const TIME_ZONE = 'Europe/Berlin';

/** A connection of an organization of its own. */
export async function openEmptyBook(db: Database): Promise<HubSide> {
  const [organizationId, connectionId, locationId] = [newId(), newId(), newId()];
  const providerIds = [newId(), newId()];
  await db.transaction(async (tx) => {
    await tx.query('insert into organization (id, key, name) values ($1, $2, $3)', [
      organizationId,
      organizationId,
      'Clinic',
    ]);
    await tx.query(
      `insert into connection (id, organization_id, key, name, adapter, managed_by, policy) values ($1, $2, 'book', 'Book', 'native', 'hub', $3)`,
      [connectionId, organizationId, SANDBOX_POLICY],
    );
    await tx.query(
      'insert into location (id, organization_id, connection_id, name, time_zone) values ($1, $2, $3, $4, $5)',
      [locationId, organizationId, connectionId, 'Clinic', TIME_ZONE],
    );
    await tx.query(
      `insert into provider (id, organization_id, connection_id, given, family)
       select id, $2, $3, '{Ada}', 'Okafor' from unnest($1::uuid[]) as id`,
      [providerIds, organizationId, connectionId],
    );
  });
  const firstMs = Math.ceil((Date.now() + AHEAD_MS) / SLOT_MS) * SLOT_MS;
  const slots = Array.from({ length: TIMES }, (_, nth) => firstMs + nth * SLOT_MS).flatMap((startMs) =>
    providerIds.map((providerId): SlotAtHis => ({
      externalId: newId(),
      providerExternalId: providerId,
      locationExternalId: locationId,
      start: new Date(startMs).toISOString(),
      end: new Date(startMs + SLOT_MS).toISOString(),
      timeZone: TIME_ZONE,
      mode: 'in-person',
      seat: 1,
      details: {},
    })),
  );
  return { book: openHubBook(db, connectionId), slots };
}
