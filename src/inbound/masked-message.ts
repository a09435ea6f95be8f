/** What a received message says, for people who must not see patients. */
import { AdapterError } from '../adapter-kit/index.ts';
import { maskHl7, readHl7 } from '../adapter-kit/hl7v2/index.ts';
import type { Sql } from '../db/database.ts';
import { openBody } from '../ledger/received-message.ts';
import type { Seal } from '../ledger/seal.ts';

/** Its segments, masked; none when it is no message, or was not kept. The caller has seen to it that it may be seen. */
export async function maskedSegments(sql: Sql, seal: Seal, id: string): Promise<readonly string[]> {
  const found = await sql.query<{ body: Buffer }>('select body from received_message where id = $1', [id]);
  const [row] = found.rows;
  if (!row) return [];
  try {
    return maskHl7(readHl7(openBody(seal, id, row.body)));
  } catch (error) {
    if (error instanceof AdapterError) return [];
    throw error;
  }
}
