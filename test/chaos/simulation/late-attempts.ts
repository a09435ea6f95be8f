/** The planted defect "attempt after send": an attempt is in the ledger from the moment on in which its result is written. */
import type { MemoryDatabase } from './sql/database.ts';
import type { Row } from './sql/table.ts';

export class LateAttempts {
  readonly #database: MemoryDatabase;
  readonly #hidden = new Set<Row>();
  #seen = new Set<Row>();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  /** Before a statement runs. */
  before(text: string): void {
    const table = this.#database.tables.get('attempt');
    if (!table || !text.includes('insert into attempt_result')) return;
    for (const row of this.#hidden) table.insert(row, []);
    this.#hidden.clear();
  }

  /** After a commit. */
  after(): void {
    const table = this.#database.tables.get('attempt');
    if (!table) return;
    const fresh = [...table.rows].filter((row) => !this.#seen.has(row));
    this.#seen = new Set([...this.#seen, ...fresh]);
    for (const row of fresh) {
      table.delete(row, []);
      this.#hidden.add(row);
    }
  }
}
