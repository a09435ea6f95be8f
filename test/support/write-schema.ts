/** Writes src/db/schema.txt, the description of what the migrations make: npm run schema. */
import { writeFile } from 'node:fs/promises';
import { openDatabase } from '../../src/db/database.ts';
import { describeSchema } from './describe-schema.ts';
import { startTestServer, withDatabase } from './test-server.ts';

const server = await startTestServer();
try {
  const db = openDatabase(withDatabase(server.adminUrl, server.template), { onError: (error) => console.error(error) });
  try {
    await writeFile(new URL('../../src/db/schema.txt', import.meta.url), await describeSchema(db));
  } finally {
    await db.close();
  }
} finally {
  await server.stop();
}
