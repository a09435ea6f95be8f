/** A simulated process of the hub: it can die (nothing of it goes on), and stand still (SIGSTOP) and go on as if nothing was. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

const running = new AsyncLocalStorage<HubProcess>();

/** Whose code this is; undefined outside of the hub. */
export const currentProcess = (): HubProcess | undefined => running.getStore();

export class HubProcess {
  readonly name: string;
  readonly #clock: Clock;
  readonly #random: Random;
  #isDead = false;
  #isPaused = false;
  #backlog: (() => void)[] = [];
  readonly #onDeath: (() => void)[] = [];

  constructor(name: string, clock: Clock, random: Random) {
    this.name = name;
    this.#clock = clock;
    this.#random = random;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isUp(): boolean {
    return !this.#isDead && !this.#isPaused;
  }

  /** Runs `work` as code of this process. */
  run<T>(work: () => T): T {
    return running.run(this, work);
  }

  /** Something reaches this process from outside: an answer, a job, a timer. */
  deliver(work: () => void): void {
    if (this.#isDead) return;
    if (this.#isPaused) this.#backlog.push(work);
    else this.run(work);
  }

  /** What waits for this process learns that it is gone. */
  onDeath(work: () => void): void {
    this.#onDeath.push(work);
  }

  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#backlog = [];
    for (const each of this.#onDeath) each();
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** What has reached it meanwhile comes all at once, in any order: the event loop has several doors. */
  resume(): void {
    if (!this.#isPaused || this.#isDead) return;
    this.#isPaused = false;
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const work of backlog) this.#clock.after(this.#random.next(), () => this.deliver(work));
  }
}
