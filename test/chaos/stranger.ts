/** Somebody of another organization, who asks while faults strike: whatever they are shown must be theirs (I8), and theirs nobody else's. */
import { setTimeout as delay } from 'node:timers/promises';
import { openIssuer } from '../../src/identity/index.ts';
import { openHubKey } from '../../src/ledger/hub-key.ts';
import { openRootWrapper } from '../../src/ledger/key-wrapper.ts';
import { readKeptRootKeys } from '../../src/ledger/root-key.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import { createClinic } from '../support/clinic.ts';
import type { Cluster } from './cluster.ts';
import type { Random } from './random.ts';
import type { Journal } from './story.ts';

const PAUSE_MS = 20;
const TRY_MS = 5_000;
/** Longer than a cluster lives. */
const TOKEN_SECONDS = 86_400;
const LISTS = [
  'connections',
  'locations',
  'providers',
  'patients',
  'transactions',
  'blocked-appointments',
  'messages',
  'alerts?state=all',
] as const;

export class Stranger {
  readonly #cluster: Cluster;
  readonly #token: string;
  readonly #appointmentId: string;
  /** What there is of their organization. */
  readonly #own: ReadonlySet<string>;
  /** Answers that were heard. */
  answered = 0;
  /** What was seen over the wall: paths, statuses, ids. */
  readonly crossings: string[] = [];

  private constructor(cluster: Cluster, token: string, appointmentId: string, own: readonly string[]) {
    this.#cluster = cluster;
    this.#token = token;
    this.#appointmentId = appointmentId;
    this.#own = new Set(own);
  }

  static async open(cluster: Cluster): Promise<Stranger> {
    const { db } = cluster;
    const clinic = await createClinic(db);
    await db.query(`update connection set adapter = 'native' where id = $1`, [clinic.connectionId]);
    const patientId = await clinic.addPatient();
    const appointmentId = await clinic.book(await clinic.addSlot(), patientId);
    const wrapper = await openRootWrapper(() => readKeptRootKeys(cluster.dataDir, undefined));
    const issuer = await openIssuer(db, createSeal(await openHubKey(db, wrapper)));
    const token = await issuer.issueToken({
      clientId: 'stranger',
      organizationId: clinic.organizationId,
      role: 'admin',
      ttlSeconds: TOKEN_SECONDS,
    });
    const { connectionId, locationId, providerId } = clinic;
    return new Stranger(cluster, token, appointmentId, [
      connectionId,
      locationId,
      providerId,
      patientId,
      appointmentId,
    ]);
  }

  /** Asks one thing after the other. What is not answered, because of a fault, is nothing. */
  async run(journal: Journal, random: Random, ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      await delay(PAUSE_MS);
      const dice = random.between(0, 3);
      if (dice === 0) await this.#list(random.pick(LISTS));
      else if (dice === 1) await this.#theirs(journal, random);
      else if (dice === 2) await this.#read(`appointments/${this.#appointmentId}`, this.#token, 200);
      else await this.#read(`appointments/${this.#appointmentId}`, this.#cluster.sandbox.tokens.support, 404);
    }
  }

  async #list(list: string): Promise<void> {
    const page = await this.#ask(`${list}${list.includes('?') ? '&' : '?'}limit=200`, this.#token);
    if (page?.status !== 200) return;
    const { items = [] } = page.body as { readonly items?: readonly { readonly id?: string }[] };
    for (const { id } of items)
      if (!this.#own.has(String(id))) this.crossings.push(`a stranger's list of ${list} has ${id}`);
  }

  async #theirs(journal: Journal, random: Random): Promise<void> {
    if (journal.stories.length === 0) return;
    const { appointmentId, transactionIds } = random.pick(journal.stories);
    if (appointmentId !== undefined) await this.#read(`appointments/${appointmentId}`, this.#token, 404);
    const [transactionId] = transactionIds;
    if (transactionId !== undefined) await this.#read(`transactions/${transactionId}/timeline`, this.#token, 404);
  }

  async #read(path: string, token: string, expected: 200 | 404): Promise<void> {
    const answer = await this.#ask(path, token);
    // Refused for now, by a limit or for want of a database: nothing was shown.
    if (!answer || answer.status === 429 || answer.status >= 500) return;
    if (answer.status !== expected) this.crossings.push(`GET ${path}: ${answer.status} instead of ${expected}`);
  }

  async #ask(path: string, token: string): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
    const url = this.#cluster.apiUrl(this.answered);
    if (url === undefined) return undefined;
    try {
      const response = await fetch(`${url}/v1/${path}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TRY_MS),
      });
      const body: unknown = await response.json();
      this.answered += 1;
      return { status: response.status, body };
    } catch {
      // The fault took the answer.
      return undefined;
    }
  }
}
