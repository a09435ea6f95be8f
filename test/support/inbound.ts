/** The HL7 v2 listener on a database of its own, and hospitals that send to it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MllpFramer, frameOf, readAck, readHl7, type MllpServer } from '#adapter-kit';
import { loadAdapters } from '../../src/connections/load-adapters.ts';
import { Connections } from '../../src/connections/open-connections.ts';
import { openPgBossQueue } from '../../src/db/pg-boss-queue.ts';
import { SANDBOX_POLICY, type Log } from '../../src/domain/index.ts';
import { startMllpListener } from '../../src/inbound/mllp-listener.ts';
import { openHubBook } from '../../src/ledger/hub-book.ts';
import { openFeed } from '../../src/ledger/notices-feed.ts';
import { createSeal, type Seal } from '../../src/ledger/seal.ts';
import { testKeys } from './keys.ts';
import { mappingLibrary } from './call.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface Inbound {
  readonly database: TestDatabase;
  readonly seal: Seal;
  /** What a feed is opened with. */
  readonly feeding: Parameters<typeof openFeed>[0];
  readonly listener: MllpServer;
  /** What the hub logged, as JSON. */
  readonly logged: string[];
  /** A connection to a hospital that calls itself `name` in MSH-3 and MSH-4; of an organization of its own, unless one is given. */
  addHospital(
    name: string,
    organizationId?: string,
  ): Promise<{ readonly connectionId: string; readonly organizationId: string }>;
  /** Resolves when nothing that was kept waits to be applied. */
  applied(): Promise<void>;
  stop(): Promise<void>;
}

export async function startInbound(): Promise<Inbound> {
  const database = await createTestDatabase();
  const { db } = database;
  const seal = createSeal(randomBytes(32));
  const keys = testKeys(db);
  const queue = await openPgBossQueue(database.url, (error) => console.error(error));
  const logged: string[] = [];
  const keep = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    void logged.push(
      JSON.stringify({ ...fields, err: fields['err'] instanceof Error ? fields['err'].message : undefined, message }),
    );
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
  const adapters = await loadAdapters(join(ROOT, 'adapters'));
  const connections = new Connections({
    sql: db,
    seal,
    adapters,
    mappings: mappingLibrary(),
    openHubBook: (connectionId) => openHubBook(db, connectionId),
    openFeed: (connectionId) => openFeed({ db, keys }, connectionId),
  });
  const listener = await startMllpListener({
    ledger: { db, queue, seal, keys },
    connections,
    adapters,
    host: '127.0.0.1',
    port: 0,
    log,
  });
  return {
    database,
    seal,
    feeding: { db, keys },
    listener,
    logged,
    async addHospital(name, organizationId = randomUUID()) {
      await db.query(
        `insert into organization (id, key, name) values ($1::uuid, $1::text, 'O') on conflict do nothing`,
        [organizationId],
      );
      const connectionId = randomUUID();
      const config = {
        host: '127.0.0.1',
        port: 1,
        sendingApplication: name,
        sendingFacility: name,
        receivingApplication: 'TESSERA',
        defaultTimeZone: 'Europe/Berlin',
      };
      await db.query(
        `insert into connection (id, organization_id, key, name, adapter, managed_by, config, policy)
         values ($1, $2, $3, $3, 'hl7v2', 'his', $4, $5)`,
        [connectionId, organizationId, name, config, SANDBOX_POLICY],
      );
      return { connectionId, organizationId };
    },
    async applied() {
      for (const deadline = Date.now() + 15_000; ; await delay(5)) {
        if ((await db.query('select 1 from message_to_apply limit 1')).rowCount === 0) return;
        if (Date.now() > deadline) throw new Error(`messages still wait to be applied: ${logged.at(-1) ?? ''}`);
      }
    },
    async stop() {
      await listener.close();
      await connections.close();
      await queue.stop(1_000);
      await database.drop();
    },
  };
}

/** A sender with one connection; every answer is kept as it came. */
export class Sender {
  readonly #socket: Socket;
  readonly #framer = new MllpFramer();
  readonly answers: Buffer[] = [];
  readonly #waiting: ((answer: Buffer) => void)[] = [];

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port });
    this.#socket.on('error', () => {});
    this.#socket.on('data', (chunk) => {
      for (const frame of this.#framer.push(chunk)) {
        if (frame.kind !== 'message') continue;
        const answer = Buffer.from(frame.bytes);
        this.answers.push(answer);
        this.#waiting.shift()?.(answer);
      }
    });
  }

  /** Resolves with the next answer. */
  async send(message: string): Promise<{ readonly code: string; readonly bytes: Buffer }> {
    const answer = new Promise<Buffer>((resolve) => void this.#waiting.push(resolve));
    this.#socket.write(frameOf(Buffer.from(message, 'utf8')));
    const bytes = await answer;
    return { code: readAck(readHl7(bytes))?.code ?? 'none', bytes };
  }

  raw(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }
}
