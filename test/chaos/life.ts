/** The life of one appointment, as one client drives it: book, perhaps move, mostly cancel; each step seen to its end, or not. */
import { setTimeout as delay } from 'node:timers/promises';
import { CANARY_REASON, canaryPatient } from './canaries.ts';
import { newKey, problemOf, type Client, type Reply } from './client.ts';
import type { Random } from './random.ts';
import type { PoolSlot, SlotPool } from './slot-pool.ts';
import type { AppointmentBody, Journal, Story } from './story.ts';

const POLL_MS = 300;
/** A client that waits longer than this leaves the appointment as it is; the check at the end still sees it. */
const PATIENCE_MS = 12_000;

export interface LifeParts {
  readonly client: Client;
  readonly journal: Journal;
  readonly pool: SlotPool;
  readonly random: Random;
  /** A client that is told to end asks for nothing more, and leaves everything as it is. */
  readonly ending: AbortSignal;
}

/** Throws when the hub does not take a new patient. */
export async function newPatient(parts: Pick<LifeParts, 'client' | 'random'>): Promise<string> {
  const { client, random } = parts;
  const serial = Array.from({ length: 12 }, () => String.fromCharCode(97 + random.between(0, 25))).join('');
  const { status, body } = await client.ask({ method: 'POST', path: '/v1/patients', body: canaryPatient(serial) });
  // 409: the first try was carried out, and its answer lost; creating a patient takes no idempotency key.
  if (status === 409) return newPatient(parts);
  if (status !== 201) throw new Error(`no patient was created: ${status} ${problemOf(body)}`);
  return (body as { id: string }).id;
}

/** Resolves when the client has done with it, not when the hub has. */
export async function live(parts: LifeParts, connection: string, patientId: string): Promise<void> {
  const { pool, random, journal } = parts;
  const slot = pool.take(connection);
  if (!slot) {
    await delay(200);
    return;
  }
  const life = new Life(parts, journal.begin(connection));
  const booked = await life.book(slot, patientId);
  if (!booked) return;
  if (parts.ending.aborted) return;
  // Some cancel at once, while the booking is under way: the two must reach the HIS in order, or not at all.
  if (random.chance(0.12)) {
    if ((await life.cancel(booked)) && (await life.sees('cancelled'))) pool.giveBack(connection, slot.id);
    return;
  }
  if (!(await life.sees('booked'))) return;
  const other = random.chance(0.3) ? pool.take(connection) : undefined;
  if (other && !(await life.move(other))) return;
  if (!random.chance(0.9)) return;
  if ((await life.cancel()) && (await life.sees('cancelled'))) {
    pool.giveBack(connection, slot.id);
    if (other) pool.giveBack(connection, other.id);
  }
}

class Life {
  readonly #parts: LifeParts;
  readonly #story: Story;

  constructor(parts: LifeParts, story: Story) {
    this.#parts = parts;
    this.#story = story;
  }

  /** The appointment when it was taken on. */
  async book(slot: PoolSlot, patientId: string): Promise<Reply | undefined> {
    const { random } = this.#parts;
    const reply = await this.#change('POST', '/v1/appointments', {
      body: { slotId: slot.id, patientId, reason: CANARY_REASON },
      headers: { prefer: random.chance(0.5) ? 'respond-async' : `wait=${random.between(1, 3)}` },
    });
    return reply.status < 300 ? reply : undefined;
  }

  /** True when the move was seen done. */
  async move(slot: PoolSlot): Promise<boolean> {
    const reply = await this.#changeCurrent('PATCH', '', { slotId: slot.id });
    if (!reply || reply.status >= 300) return false;
    return this.#waitFor((body) => body.pendingChange === undefined && body.slotId === slot.id);
  }

  /** True when it was taken on. */
  async cancel(present?: Reply): Promise<boolean> {
    const reply = await this.#changeCurrent('DELETE', '', undefined, present);
    return reply !== undefined && reply.status < 300;
  }

  sees(status: string): Promise<boolean> {
    return this.#waitFor((body) => body.status === status);
  }

  /** With the version that is read first; once more when somebody, say the hub itself, was quicker. */
  async #changeCurrent(method: string, more: string, body: unknown, present?: Reply): Promise<Reply | undefined> {
    const path = `/v1/appointments/${this.#story.appointmentId}${more}`;
    let last: Reply | undefined;
    for (let tries = 0; tries < 4; tries += 1) {
      const read = tries === 0 && present ? present : await this.#read();
      const ifMatch = read?.etag;
      if (!ifMatch) return undefined;
      last = await this.#change(method, path, {
        ...(body === undefined ? {} : { body }),
        headers: { 'if-match': ifMatch, prefer: this.#parts.random.chance(0.5) ? 'respond-async' : 'wait=2' },
      });
      if (last.status !== 412) return last;
    }
    return last;
  }

  async #change(
    method: string,
    path: string,
    { headers, ...more }: { readonly body?: unknown; readonly headers: Readonly<Record<string, string>> },
  ): Promise<Reply> {
    const key = newKey();
    const { client, random } = this.#parts;
    const api = random.between(0, 7);
    const reply = await client.ask({ method, path, ...more, api, headers: { ...headers, 'idempotency-key': key } });
    this.#story.answers.push({ at: Date.now(), method, key, status: reply.status });
    if (reply.status < 300) this.#see(reply.body as AppointmentBody);
    return reply;
  }

  async #read(): Promise<Reply | undefined> {
    const { appointmentId } = this.#story;
    if (appointmentId === undefined) return undefined;
    const api = this.#parts.random.between(0, 7);
    const reply = await this.#parts.client.ask({ method: 'GET', path: `/v1/appointments/${appointmentId}`, api });
    if (reply.status === 200) this.#see(reply.body as AppointmentBody);
    return reply;
  }

  #see(body: AppointmentBody): void {
    this.#story.appointmentId = body.id;
    this.#story.transactionIds = body.transactions.map(({ id }) => id);
    this.#story.sightings.push({ at: Date.now(), status: body.status, version: body.version });
  }

  async #waitFor(done: (body: AppointmentBody) => boolean): Promise<boolean> {
    for (
      const deadline = Date.now() + PATIENCE_MS;
      Date.now() < deadline && !this.#parts.ending.aborted;
      await delay(POLL_MS)
    ) {
      const reply = await this.#read();
      if (reply?.status !== 200) continue;
      const body = reply.body as AppointmentBody;
      if (done(body)) return true;
      if (body.status === 'rejected' || body.status === 'cancelled') return false;
    }
    return false;
  }
}
