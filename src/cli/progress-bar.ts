/** A line that shows how far a long work is, on a terminal; elsewhere nothing. */
const CELLS = 30;

export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(done: number, total: number, note: string): void {
    if (!this.#stream.isTTY) return;
    const filled = total === 0 ? CELLS : Math.floor((done / total) * CELLS);
    const line = `[${'#'.repeat(filled)}${'.'.repeat(CELLS - filled)}] ${done}/${total}  ${note}`;
    this.#stream.write(`\r\u001b[2K${line.slice(0, (this.#stream.columns || 80) - 1)}`);
  }

  /** What is written next begins on a line of its own. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\n');
  }
}
