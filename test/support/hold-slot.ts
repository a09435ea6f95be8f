import { createHold, type Hold, type HoldInput } from '../../src/commands/holds.ts';
import type { Database } from '../../src/db/database.ts';
import type { Caller } from '../../src/domain/index.ts';

/** A hold made as the API makes it: in a database transaction of its own. */
export const holdSlot = (db: Database, caller: Caller, input: HoldInput): Promise<Hold | undefined> =>
  db.transaction((tx) => createHold(tx, caller, input));
