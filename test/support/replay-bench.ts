/** A ledger on a real database with a queue that only listens, and a hand on how each transaction ends. */
import { randomBytes } from 'node:crypto';
import { bookAppointment } from '../../src/commands/book-appointment.ts';
import type { PlainBooking } from '../../src/commands/group-bookings.ts';
import { cancelAppointment, rescheduleAppointment } from '../../src/commands/change-appointment.ts';
import type { Database } from '../../src/db/database.ts';
import { newId } from '../../src/db/new-id.ts';
import type { Caller, TransactionKind } from '../../src/domain/index.ts';
import { lease } from '../../src/ledger/lease.ts';
import { createSeal, openReason } from '../../src/ledger/seal.ts';
import { settle, type Ledger, type Verdict } from '../../src/ledger/settle.ts';
import { testKeys } from './keys.ts';
import { createClinic, type Clinic } from './clinic.ts';

export interface Asked {
  readonly appointmentId: string;
  readonly transactionId: string;
}

export interface TransactionRow {
  readonly [column: string]: unknown;
  readonly state: string;
  readonly kind: TransactionKind;
  readonly slot_id: string;
  readonly from_slot_id: string | null;
}

export class ReplayBench {
  readonly ledger: Ledger;
  readonly db: Database;
  readonly clinic: Clinic;
  readonly app: Caller;
  readonly support: Caller;
  /** Transactions that were handed to the queue. */
  readonly sent: string[] = [];

  constructor(db: Database, clinic: Clinic) {
    this.db = db;
    this.clinic = clinic;
    this.app = clinic.caller('app');
    this.support = clinic.caller('support');
    this.ledger = {
      db,
      seal: createSeal(randomBytes(32)),
      keys: testKeys(db),
      queue: {
        send: (_tx, { transactionId }) => Promise.resolve(void this.sent.push(transactionId)),
        begin: () => {},
        work: () => {},
        stop: () => Promise.resolve(),
      },
    };
  }

  static async open(db: Database): Promise<ReplayBench> {
    return new ReplayBench(db, await createClinic(db));
  }

  async book(slotId?: string, reason?: string): Promise<Asked> {
    const booking = {
      slotId: slotId ?? (await this.slot()),
      patientId: await this.clinic.addPatient(),
      ...(reason === undefined ? {} : { reason }),
    };
    return this.db.transaction((tx) => bookAppointment(tx, this.ledger, this.app, newId(), booking));
  }

  /** A request to book as GroupBookings takes it. */
  plain(booking: PlainBooking['booking'], caller: Caller = this.app): PlainBooking {
    const transactionId = newId();
    const key = { ...caller, route: 'createAppointment', key: transactionId };
    const record = { key, fingerprint: Buffer.of(1), workingUntil: new Date(Date.now() + 10_000) };
    return { caller, transactionId, booking, record };
  }

  cancel({ appointmentId }: Asked, reason?: string): Promise<Asked> {
    const change = { id: appointmentId, ...(reason === undefined ? {} : { reason }) };
    return this.db.transaction((tx) => cancelAppointment(tx, this.ledger, this.app, newId(), change));
  }

  move({ appointmentId }: Asked, slotId: string): Promise<Asked> {
    const change = { id: appointmentId, slotId };
    return this.db.transaction((tx) => rescheduleAppointment(tx, this.ledger, this.app, newId(), change));
  }

  #hour = 24;
  /** A free slot that overlaps no other. */
  slot(): Promise<string> {
    this.#hour += 1;
    return this.clinic.addSlot({ inHours: this.#hour });
  }

  /** A worker takes the transaction, and it ends so. */
  async end({ transactionId }: Asked, on: Verdict['on'], more: Partial<Verdict> = {}): Promise<void> {
    const held = await lease(this.db, transactionId, 10_000);
    if (!held) throw new Error(`transaction ${transactionId} cannot be leased`);
    const { kind, slot_id: slotId, from_slot_id: fromSlotId } = await this.transaction(transactionId);
    await settle(this.ledger, held, undefined, {
      on,
      kind,
      slotId,
      fromSlotId,
      externalId: on === 'confirmed' && kind === 'book' ? newId() : null,
      identifiers: [],
      slotTaken: false,
      errorClass: on === 'confirmed' ? null : 'invalid',
      errorCode: on === 'confirmed' ? null : 'business-rule',
      ...more,
    });
  }

  async failed(slotId?: string, reason?: string): Promise<Asked> {
    const asked = await this.book(slotId, reason);
    await this.end(asked, 'given-up');
    return asked;
  }

  async booked(slotId?: string): Promise<Asked> {
    const asked = await this.book(slotId);
    await this.end(asked, 'confirmed');
    return asked;
  }

  async transaction(id: string): Promise<TransactionRow> {
    return this.#one<TransactionRow>('select * from transaction where id = $1', id);
  }

  async appointment(id: string) {
    const row = await this.#one<{ status: string; slot_id: string; reason: Buffer | null; external_id: string | null }>(
      'select status, slot_id, reason, external_id from appointment where id = $1',
      id,
    );
    return { ...row, reason: openReason(this.ledger.seal, id, row.reason) };
  }

  /** Its status, and whose it is. */
  async slotOf(id: string) {
    return this.#one<{ status: string; claimed: boolean; owner: string | null }>(
      `select s.status, s.claimed, c.appointment_id as owner from slot s left join slot_claim c on c.slot_id = s.id where s.id = $1`,
      id,
    );
  }

  /** Types of the events of a transaction, oldest first. */
  async story(transactionId: string): Promise<string[]> {
    const found = await this.db.query<{ type: string }>(
      'select type from event where transaction_id = $1 order by sequence',
      [transactionId],
    );
    return found.rows.map((row) => row.type);
  }

  async eventData(transactionId: string, type: string): Promise<Readonly<Record<string, unknown>>> {
    const { data } = await this.#one<{ data: Record<string, unknown> }>(
      'select data from event where transaction_id = $1 and type = $2 order by sequence desc limit 1',
      transactionId,
      type,
    );
    return data;
  }

  async #one<Row>(text: string, ...values: string[]): Promise<Row> {
    const found = await this.db.query<Row & Record<string, unknown>>(text, values);
    const [row] = found.rows;
    if (!row) throw new Error('there is no such row');
    return row;
  }
}
