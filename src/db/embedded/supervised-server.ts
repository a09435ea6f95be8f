import type { SpawnedServer } from './server.ts';

/** What the program is told of a server that ends although nobody stopped it. */
export interface Supervision {
  /** It ended, and is being started again on the same port. */
  readonly ended: () => void;
  /** It could not be started again: the program has no database any more. */
  readonly lost: (error: Error) => void;
}

/** How often in a row a start may fail; each waits for what passes by itself. */
const ATTEMPTS = 2;

/** A server that is started again when it ends by itself (killed, out of memory), until `stop`. */
export class SupervisedServer {
  readonly #startAgain: (isUnwanted: () => boolean) => Promise<SpawnedServer>;
  readonly #told: Supervision | undefined;
  #server: SpawnedServer;
  #stopping = false;
  #restarted: Promise<void> = Promise.resolve();

  /** Without `told` it is not started again. */
  constructor(
    first: SpawnedServer,
    startAgain: (isUnwanted: () => boolean) => Promise<SpawnedServer>,
    told: Supervision | undefined,
  ) {
    this.#server = first;
    this.#startAgain = startAgain;
    this.#told = told;
    this.#watch();
  }

  get current(): SpawnedServer {
    return this.#server;
  }

  #watch(): void {
    const told = this.#told;
    if (!told) return;
    void this.#server.ended.then(() => {
      if (!this.#stopping) this.#restarted = this.#restart(told);
    });
  }

  async #restart(told: Supervision): Promise<void> {
    told.ended();
    for (let attempt = 1; ; attempt += 1) {
      try {
        // Its guard is still there.
        await this.#server.stop();
        this.#server = await this.#startAgain(() => this.#stopping);
        this.#watch();
        return;
      } catch (error) {
        if (this.#stopping) return;
        if (attempt < ATTEMPTS) continue;
        told.lost(error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
  }

  /** From here on it is not started again; resolves when no start is under way. */
  async settle(): Promise<void> {
    this.#stopping = true;
    await this.#restarted;
  }
}
