/** An access token that all calls of one connection share: asked for by one of them at a time, and renewed before it ends. */
import { AdapterError, type Call } from './call.ts';

/** A token is renewed when this share of its life is over. */
const RENEW_AT = 0.8;

export interface HeldToken {
  readonly value: string;
  /** How long it lives, from the moment it was asked for; ms. */
  readonly lifeMs: number;
}

export class TokenSource<Token extends HeldToken = HeldToken> {
  readonly #ask: (call: Call) => Promise<Token>;
  #held: { readonly token: Token; readonly renewAtMs: number } | undefined;
  #flight: Promise<{ readonly token: Token; readonly renewAtMs: number }> | undefined;

  /** `ask` gets a token from the HIS; throws AdapterError, `unauthorised` when the client itself is refused. */
  constructor(ask: (call: Call) => Promise<Token>) {
    this.#ask = ask;
  }

  /** Throws what `ask` throws; AdapterError `protocol` when the deadline passes first. */
  async get(call: Call): Promise<Token> {
    for (;;) {
      if (this.#held !== undefined && call.now() < this.#held.renewAtMs) return this.#held.token;
      const leads = this.#flight === undefined;
      const flight = (this.#flight ??= this.#fetch(call).finally(() => {
        this.#flight = undefined;
      }));
      try {
        this.#held = await unlessAborted(flight, call.signal);
        return this.#held.token;
      } catch (error) {
        // The call that asked ran out of time: that is not ours to suffer from.
        const leaderGaveUp = !leads && error instanceof AdapterError && error.reason === 'deadline';
        if (!leaderGaveUp || call.signal.aborted) throw error;
      }
    }
  }

  /** A token other than the one that was refused. */
  renew(call: Call, refused: string): Promise<Token> {
    this.forget(refused);
    return this.get(call);
  }

  /** The next call asks for a new one. */
  forget(value: string): void {
    if (this.#held?.token.value === value) this.#held = undefined;
  }

  async #fetch(call: Call): Promise<{ readonly token: Token; readonly renewAtMs: number }> {
    const askedAtMs = call.now();
    const token = await this.#ask(call);
    call.tokenUntil?.(askedAtMs + token.lifeMs);
    return { token, renewAtMs: askedAtMs + token.lifeMs * RENEW_AT };
  }
}

/** Waits for what another call has begun, but no longer than this call may. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      reject(new AdapterError('protocol', 'deadline', 'the deadline passed while waiting for a token'));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
