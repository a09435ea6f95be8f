/** Kills a process of the hub at one write to a socket of one operation, and counts those writes first. See crash-preload.ts. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child.ts';
import type { Cluster } from './cluster.ts';
import { judge } from './judge.ts';
import { newPatient } from './life.ts';
import { seeded, type Random } from './random.ts';
import type { RowRun } from './row.ts';
import { Journal, type AppointmentBody, type Story } from './story.ts';
import { Traffic } from './traffic.ts';

const KINDS = ['book', 'reschedule', 'cancel'] as const;
const ROLES = ['worker', 'api'] as const;
const MOMENTS = ['before', 'sent'] as const;
const PRELOAD = join(import.meta.dirname, './crash-preload.ts');
/** A point that is not reached by then was not on the way this time: a write more or less of a pool's. */
const REACHED_WITHIN_MS = 6_000;

interface Route {
  readonly connection: string;
  readonly kind: (typeof KINDS)[number];
  readonly role: (typeof ROLES)[number];
}

export interface Point extends Route {
  readonly at: number;
  readonly when: (typeof MOMENTS)[number];
}

/** One cluster, whose own worker (or API) stands still while the armed one takes the operation. */
export class CrashStage {
  readonly #cluster: Cluster;
  readonly #run: RowRun;
  readonly #traffic: Traffic;
  readonly #journal: Journal;
  readonly #directory: string;
  readonly #random: Random;
  #since = Date.now();
  #faultsAt: number[] = [];
  /** Points that the operation did not come to. */
  missed = 0;

  private constructor(cluster: Cluster, run: RowRun, traffic: Traffic, journal: Journal, directory: string) {
    this.#cluster = cluster;
    this.#run = run;
    this.#traffic = traffic;
    this.#journal = journal;
    this.#directory = directory;
    this.#random = seeded(run.seed);
  }

  static async open(cluster: Cluster, run: RowRun): Promise<CrashStage> {
    const journal = new Journal();
    const traffic = await Traffic.open(cluster, journal, 800);
    return new CrashStage(cluster, run, traffic, journal, await mkdtemp(join(tmpdir(), 'tessera-crash-')));
  }

  /** Each route once, with nothing killed: its writes are the points. */
  async enumerate(): Promise<Point[]> {
    const points: Point[] = [];
    // A first round opens connections and fetches tokens; the second one counts.
    for (const { key: connection } of this.#cluster.sandbox.connections) {
      for (const role of ROLES) {
        for (const kind of KINDS) {
          const route = { connection, kind, role };
          const writes = await this.#act({ ...route, at: 0, when: 'before' });
          for (let at = 1; at <= writes; at += 1) for (const when of MOMENTS) points.push({ ...route, at, when });
        }
      }
    }
    await this.judge();
    return points;
  }

  async crashAt(point: Point): Promise<void> {
    this.#faultsAt.push(Date.now());
    await this.#act(point);
    this.#run.tally.trials += 1;
  }

  /** Resolves to the number of writes on the route. */
  async #act(point: Point): Promise<number> {
    const { connection, kind, role } = point;
    const random = this.#random;
    const booked = kind === 'book' ? undefined : await this.#booked(connection);
    const patientId = booked ? '' : await newPatient({ client: this.#traffic.client, random });
    const file = join(this.#directory, `${random.between(0, 2 ** 31)}.jsonl`);
    const own = role === 'worker' ? this.#cluster.workers : this.#cluster.apis;
    const armed = new Child({ roles: role, environment: own[0]?.environment ?? {} });
    await armed.start({
      nodeOptions: ['--import', PRELOAD],
      environment: {
        ...own[0]?.environment,
        CHAOS_CRASH_AT: String(point.at),
        CHAOS_CRASH_WHEN: point.when,
        CHAOS_CRASH_FILE: file,
      },
    });
    try {
      // The armed one is to have the operation.
      if (role === 'worker') for (const worker of own) worker.signal('SIGSTOP');
      const url = role === 'api' ? armed.url : undefined;
      await this.#ask(point, url, booked, patientId, armed);
    } finally {
      if (role === 'worker') for (const worker of own) worker.signal('SIGCONT');
      if (point.at > 0 && armed.isAlive) this.missed += 1;
      await armed.end('SIGKILL');
    }
    const lines = await readFile(file, 'utf8').catch(() => '');
    return lines.split('\n').filter(Boolean).length;
  }

  async #ask(
    point: Point,
    url: string | undefined,
    booked: Story | undefined,
    patientId: string,
    armed: Child,
  ): Promise<void> {
    const { connection, kind } = point;
    const story = booked ?? this.#journal.begin(connection);
    const client = this.#traffic.client;
    const path = '/v1/appointments';
    const slotId = kind === 'cancel' ? undefined : this.#traffic.pool.take(connection)?.id;
    if (kind !== 'cancel' && slotId === undefined) throw new Error(`${connection} has no free slot left`);
    const etag = booked ? await this.#etag(booked) : undefined;
    const method = { book: 'POST', reschedule: 'PATCH', cancel: 'DELETE' }[kind];
    const asking = {
      method,
      path: kind === 'book' ? path : `${path}/${story.appointmentId}`,
      ...(kind === 'cancel' ? {} : { body: kind === 'book' ? { slotId, patientId } : { slotId } }),
      headers: {
        'idempotency-key': `crash ${this.#random.between(0, 2 ** 31)}`,
        prefer: 'respond-async',
        ...(etag === undefined ? {} : { 'if-match': etag }),
      },
    };
    // The armed API once, as it is; whoever hears nothing asks another with the same key, as every client does.
    if (url !== undefined) {
      await fetch(url + path + asking.path.slice(path.length), {
        method,
        headers: {
          ...asking.headers,
          authorization: `Bearer ${this.#cluster.sandbox.tokens.app}`,
          'content-type': 'application/json',
          'x-chaos-crash': '1',
        },
        ...('body' in asking ? { body: JSON.stringify(asking.body) } : {}),
        signal: AbortSignal.timeout(REACHED_WITHIN_MS),
      })
        .then((response) => response.text())
        .catch(() => undefined);
    }
    const reply = await client.ask(asking);
    story.answers.push({ at: Date.now(), method, key: asking.headers['idempotency-key'], status: reply.status });
    if (reply.status < 300) this.#see(story, reply.body);
    else this.#journal.unexpected.push(`${method} ${connection}: ${reply.status}`);
    if (url === undefined) await this.#untilDone(story, armed);
  }

  /** The armed worker is dead, or has done with the operation. */
  async #untilDone(story: Story, armed: Child): Promise<void> {
    for (const deadline = Date.now() + REACHED_WITHIN_MS; armed.isAlive && Date.now() < deadline; await delay(25)) {
      const body = await this.#read(story);
      if (body.transactions.every(({ state }) => ['succeeded', 'rejected', 'superseded'].includes(state))) {
        // What is still written after the ledger's last word.
        await delay(100);
        return;
      }
    }
  }

  async #booked(connection: string): Promise<Story> {
    const story = this.#journal.begin(connection);
    const patientId = await newPatient({ client: this.#traffic.client, random: this.#random });
    const slotId = this.#traffic.pool.take(connection)?.id;
    const reply = await this.#traffic.client.ask({
      method: 'POST',
      path: '/v1/appointments',
      body: { slotId, patientId },
      headers: { 'idempotency-key': `before ${this.#random.between(0, 2 ** 31)}`, prefer: 'wait=10' },
    });
    if (reply.status >= 300) throw new Error(`no booking at ${connection} to begin with: ${reply.status}`);
    this.#see(story, reply.body);
    for (const deadline = Date.now() + 30_000; (await this.#read(story)).status !== 'booked'; await delay(50)) {
      if (Date.now() > deadline) throw new Error(`no booking at ${connection} to begin with`);
    }
    return story;
  }

  async #etag(story: Story): Promise<string> {
    const reply = await this.#traffic.client.ask({ method: 'GET', path: `/v1/appointments/${story.appointmentId}` });
    return reply.etag ?? '';
  }

  async #read(story: Story): Promise<AppointmentBody> {
    const reply = await this.#traffic.client.ask({ method: 'GET', path: `/v1/appointments/${story.appointmentId}` });
    return this.#see(story, reply.body);
  }

  #see(story: Story, seen: unknown): AppointmentBody {
    const body = seen as AppointmentBody;
    story.appointmentId = body.id;
    story.sightings.push({ at: Date.now(), status: body.status, version: body.version });
    return body;
  }

  async judge(): Promise<void> {
    const { tally, seed } = this.#run;
    await judge({
      cluster: this.#cluster,
      traffic: this.#traffic,
      tally,
      random: this.#random,
      seed,
      since: this.#since,
      faultsAt: this.#faultsAt,
    });
    this.#since = Date.now();
    this.#faultsAt = [];
    this.#run.say(`judged: ${tally.trials} points, ${tally.violations.length} violations`);
  }

  async close(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
