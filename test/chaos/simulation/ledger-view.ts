/** The ledger as the checks read it: straight from its tables, past all code of the hub. */
import type { TransactionKind, TransactionState } from '../../../src/domain/index.ts';
import type { MemoryDatabase } from './sql/database.ts';
import type { Row } from './sql/table.ts';

export interface TransactionRow {
  readonly id: string;
  readonly sequence: number;
  readonly connectionId: string;
  readonly appointmentId: string;
  readonly kind: TransactionKind;
  readonly state: TransactionState;
  readonly slotId: string;
  readonly step: string | null;
  readonly errorCode: string | null;
}

export interface AppointmentRow {
  readonly id: string;
  readonly status: string;
  readonly slotId: string;
  readonly patientId: string;
  readonly externalId: string | null;
}

const transaction = (row: Row): TransactionRow => ({
  id: row['id'] as string,
  sequence: row['sequence'] as number,
  connectionId: row['connection_id'] as string,
  appointmentId: row['appointment_id'] as string,
  kind: row['kind'] as TransactionKind,
  state: row['state'] as TransactionState,
  slotId: row['slot_id'] as string,
  step: row['step'] as string | null,
  errorCode: row['error_code'] as string | null,
});

export class LedgerView {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  /** In the order in which they were asked for. */
  transactions(): TransactionRow[] {
    return [...this.#database.rows('transaction')].map(transaction).toSorted((a, b) => a.sequence - b.sequence);
  }

  transaction(id: string): TransactionRow | undefined {
    const [row] = this.#find('transaction', 'id', id);
    return row && transaction(row);
  }

  appointments(): AppointmentRow[] {
    return [...this.#database.rows('appointment')].map((row) => ({
      id: row['id'] as string,
      status: row['status'] as string,
      slotId: row['slot_id'] as string,
      patientId: row['patient_id'] as string,
      externalId: row['external_id'] as string | null,
    }));
  }

  hasAttempt(transactionId: string, number: number): boolean {
    return this.#find('attempt', 'transaction_id', transactionId).some((row) => row['number'] === number);
  }

  /** Events that were committed after the one with this sequence. */
  eventsAfter(sequence: number): { sequence: number; type: string; transactionId: string | null }[] {
    const newer: { sequence: number; type: string; transactionId: string | null }[] = [];
    const last = this.#database.sequence;
    for (let next = sequence + 1; next <= last; next += 1) {
      const [row] = this.#find('event', 'sequence', next);
      if (!row) continue;
      newer.push({
        sequence: next,
        type: row['type'] as string,
        transactionId: row['transaction_id'] as string | null,
      });
    }
    return newer;
  }

  #find(table: string, column: string, value: string | number): Row[] {
    return [...(this.#database.tables.get(table)?.find(column, value) ?? [])];
  }
}
