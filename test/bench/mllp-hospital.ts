/** A hospital that tells by HL7 v2, known to the hub by the name that it gives itself; what it sends first makes its staff and places known. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/database.ts';
import { SANDBOX_POLICY } from '../../src/domain/index.ts';

/** The listener learns of a new connection within a second. */
const KNOWN_AFTER_MS = 1_500;

/** Its name. */
export async function enterMllpHospital(db: Database): Promise<string> {
  const name = `BENCH${randomUUID().slice(0, 8)}`;
  await db.query(
    `insert into connection (id, organization_id, key, name, adapter, managed_by, config, policy)
     select $1, organization_id, $2, $2, 'hl7v2', 'his', $3, $4 from connection where key = 'native' limit 1`,
    [
      randomUUID(),
      name,
      { host: '127.0.0.1', port: 1, sendingApplication: name, sendingFacility: name, defaultTimeZone: 'Europe/Berlin' },
      SANDBOX_POLICY,
    ],
  );
  await delay(KNOWN_AFTER_MS);
  return name;
}
