import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer | undefined;

/** Once per run, before the tests. They find the server by these variables: see database.ts. */
export default async function globalSetup(): Promise<void> {
  server = await startTestServer();
  process.env['TESSERA_TEST_ADMIN_URL'] = server.adminUrl;
  process.env['TESSERA_TEST_TEMPLATE'] = server.template;
}

/** Jest runs set-up and teardown in one process, from one copy of this module. */
export async function stopStartedServer(): Promise<void> {
  await server?.stop();
}
