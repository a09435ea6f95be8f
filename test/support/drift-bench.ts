/** Hospitals in memory under a real database: read, compared, and told about as the hub does it. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Notice } from '../../src/adapter-kit/index.ts';
import type { Connection } from '../../src/connections/connection.ts';
import type { Connections } from '../../src/connections/open-connections.ts';
import { SANDBOX_POLICY, type Policy } from '../../src/domain/index.ts';
import { applyNotices } from '../../src/inbound/apply-notices.ts';
import { askReconciliation } from '../../src/ledger/reconciliation-run.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import type { Ledger } from '../../src/ledger/settle.ts';
import { HIS_KEY } from '../../src/ledger/work-order.ts';
import { runDueReconciliation } from '../../src/reconcile/run-reconciliation.ts';
import { synchronise } from '../../src/reconcile/synchronise.ts';
import { createClinic, type Clinic } from './clinic.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import type { DriftingHis } from './drifting-his.ts';
import { insertIdentifier, testKeys } from './keys.ts';
import { scriptedHis, silent } from './scripted-his.ts';

export interface DriftRow {
  readonly [column: string]: unknown;
  readonly id: string;
  readonly kind: string;
  readonly cause: string;
  readonly state: string;
  readonly settlement: string;
  readonly obstacle: string | null;
  readonly external_id: string | null;
  readonly appointment_id: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface HubSlotRow {
  readonly [column: string]: unknown;
  readonly id: string;
  readonly external_id: string;
  readonly start_at: string;
  readonly provider: string;
  readonly status: string;
}

export class DriftBench {
  readonly database: TestDatabase;
  readonly ledger: Ledger;
  readonly #open: Connections[] = [];

  constructor(database: TestDatabase) {
    this.database = database;
    this.ledger = {
      db: database.db,
      seal: createSeal(randomBytes(32)),
      keys: testKeys(database.db),
      queue: { send: () => Promise.resolve(), begin: () => {}, work: () => {}, stop: () => Promise.resolve() },
    };
  }

  static async open(): Promise<DriftBench> {
    return new DriftBench(await createTestDatabase());
  }

  /** `tells`: it has a feed. Nothing was read of it yet. */
  async hospital(his: DriftingHis, policy: Partial<Policy> = {}, tells = false): Promise<Hospital> {
    const clinic = await createClinic(this.database.db, 'UTC');
    const connectionId = await clinic.addConnection('his', { ...SANDBOX_POLICY, ...policy });
    const scripted = scriptedHis(
      this.ledger,
      [
        'FindsSlots',
        'ListsAppointments',
        'ListsProviders',
        'ListsLocations',
        ...(tells ? (['ReceivesNotices'] as const) : []),
      ],
      { ...his.connector, ...(tells ? { receive: () => Promise.resolve(undefined) } : {}) },
    );
    this.#open.push(scripted.connections);
    return new Hospital(this.ledger, clinic, connectionId, scripted.connections);
  }

  async close(): Promise<void> {
    for (const each of this.#open) await each.close();
    await this.database.drop();
  }
}

export class Hospital {
  readonly clinic: Clinic;
  readonly connectionId: string;
  readonly parts: { readonly connections: Connections; readonly log: typeof silent } & Ledger;

  constructor(ledger: Ledger, clinic: Clinic, connectionId: string, connections: Connections) {
    this.clinic = clinic;
    this.connectionId = connectionId;
    this.parts = { ...ledger, connections, log: silent };
  }

  async connection(): Promise<Connection> {
    return (await this.parts.connections.get(this.connectionId)).connection;
  }

  async synchronise(): Promise<void> {
    await synchronise(this.parts, this.connectionId);
  }

  /** Runs one from its asking to its end; what it has found, or found again. */
  async reconcile(): Promise<DriftRow[]> {
    const runId = await askReconciliation(this.parts.db, this.connectionId, 'test');
    const run = await runDueReconciliation(this.parts);
    if (!run) throw new Error('no reconciliation was due');
    await run();
    const { rows } = await this.parts.db.query<{ state: string; error_code: string | null }>(
      'select state, error_code from reconciliation_run where id = $1',
      [runId],
    );
    if (rows[0]?.state !== 'done') throw new Error(`the run ended as ${JSON.stringify(rows[0])}`);
    return this.drift('run_id = $2', runId);
  }

  async drift(where = 'true', ...values: readonly unknown[]): Promise<DriftRow[]> {
    const found = await this.parts.db.query<DriftRow>(
      `select id, kind, cause, state, settlement, obstacle, external_id, appointment_id, details from drift
       where connection_id = $1 and ${where} order by id`,
      [this.connectionId, ...values],
    );
    return found.rows;
  }

  /** Free ones, in the order of time. */
  async slots(status = 'free'): Promise<HubSlotRow[]> {
    const found = await this.parts.db.query<HubSlotRow>(
      `select s.id, s.external_id, s.start_at, e.value as provider, s.status from slot s
       join external_identifier e on e.entity = 'provider' and e.entity_id = s.provider_id and e.connection_id = s.connection_id
       where s.connection_id = $1 and s.status = $2 order by s.start_at, s.external_id`,
      [this.connectionId, status],
    );
    return found.rows;
  }

  /** An appointment of the hub, as a booking that succeeded leaves it, and as the HIS shows it. */
  async book(his: DriftingHis, slot: HubSlotRow): Promise<string> {
    const { db } = this.parts;
    const patientId = await this.clinic.addPatient();
    const id = await this.clinic.book(slot.id, patientId);
    const key = `A-${randomUUID()}`;
    await db.query('update appointment set external_id = $2 where id = $1', [id, key]);
    await db.query('update slot set claimed = true where id = $1', [slot.id]);
    await insertIdentifier(db, patientId, this.connectionId, HIS_KEY, `Q-${patientId}`);
    const found = his.slots.get(slot.external_id);
    if (!found) throw new Error('the hospital has no such slot');
    his.appointments.set(key, {
      externalId: key,
      status: 'booked',
      start: found.start,
      end: found.end,
      slotExternalId: found.externalId,
      providerExternalId: found.providerExternalId,
      locationExternalId: 'L-1',
      patientExternalId: `Q-${patientId}`,
    });
    return id;
  }

  /** As a message of the HIS that came in just now. */
  async tell(...notices: readonly Notice[]): Promise<void> {
    const { db } = this.parts;
    const { organizationId } = this.clinic;
    const at = { organizationId, connectionId: this.connectionId };
    const id = randomUUID();
    await db.transaction(async (tx) => {
      await tx.query(
        `insert into received_message (id, organization_id, connection_id, message_id, body_hash, body, key_reused)
         values ($1, $2, $3, $4, '\\x00', '\\x00', false)`,
        [id, organizationId, this.connectionId, id],
      );
      await applyNotices(tx, this.parts, at, [{ id, notices }]);
    });
  }

  async events(type: string): Promise<Record<string, unknown>[]> {
    const found = await this.parts.db.query<{ data: Record<string, unknown> }>(
      'select data from event where organization_id = $1 and type = $2 order by sequence',
      [this.clinic.organizationId, type],
    );
    return found.rows.map((row) => row.data);
  }
}
