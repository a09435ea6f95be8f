import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { DatabaseAway, openDatabase } from '../../../src/db/database.ts';
import { throwOrAway } from '../../../src/db/database-away.ts';

function thrownFor(error: unknown): unknown {
  let thrown: unknown;
  try {
    throwOrAway(error);
  } catch (caught) {
    thrown = caught;
  }
  return thrown;
}

const AWAY = '08000 08003 08006 25006 53100 53200 53300 57P01 57P02 57P03 ECONNREFUSED ECONNRESET EPIPE';

test.each(AWAY.split(' '))('%s of pg means that the database is away; the error itself is the cause', (code) => {
  const error = Object.assign(new Error('told by pg'), { code });
  expect(thrownFor(error)).toBeInstanceOf(DatabaseAway);
  expect(thrownFor(error)).toMatchObject({ message: 'told by pg', cause: error });
});

test.each(['23505', '22P02', '40001', '57014', '57P04', '25001', 'ENOENT'])('%s stays the error that it is', (code) => {
  const error = Object.assign(new Error('Connection terminated'), { code });
  expect(thrownFor(error)).toBe(error);
});

test('what is no error of pg stays what it is', () => {
  for (const thrown of [new TypeError('undefined is not a function'), 'ECONNREFUSED', undefined]) {
    expect(thrownFor(thrown)).toBe(thrown);
  }
});

/** A server that takes connections, and does with them what `treat` says. */
async function listen(treat: (socket: Socket) => void): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    treat(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgres://u:p@127.0.0.1:${port}/d`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

test('a closed port, and a server that hangs up, make every query and transaction a DatabaseAway', async () => {
  const closed = await listen(() => {});
  await closed[Symbol.asyncDispose]();
  await using hangsUp = await listen((socket) => socket.end());
  for (const url of [closed.url, hangsUp.url]) {
    const db = openDatabase(url, { onError: () => {} });
    await expect(db.query('select 1')).rejects.toBeInstanceOf(DatabaseAway);
    await expect(db.transaction((tx) => tx.query('select 1'))).rejects.toBeInstanceOf(DatabaseAway);
    await db.close();
  }
});

test('waiting for a connection in vain is one too', async () => {
  await using mute = await listen(() => {});
  const pool = new pg.Pool({ connectionString: mute.url, max: 1, connectionTimeoutMillis: 50 });
  // The first hangs on the server, the second waits for the first.
  const waits = [pool.query('select 1').catch(throwOrAway), pool.query('select 1').catch(throwOrAway)];
  for (const { status, ...rest } of await Promise.allSettled(waits)) {
    expect([status, rest]).toEqual(['rejected', { reason: expect.any(DatabaseAway) }]);
  }
  await pool.end();
});
