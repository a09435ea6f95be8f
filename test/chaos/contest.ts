/** Many clients want one slot at the same moment: their requests, each sent once, and who got it. */
import { hasCanary } from './canaries.ts';
import { newKey, problemOf, type Reply } from './client.ts';
import type { CallerRole } from './cluster.ts';
import type { AppointmentBody, Story } from './story.ts';
import type { Traffic } from './traffic.ts';
import type { Cluster } from './cluster.ts';

export const CLIENTS = 50;
/** As long as the hub waits for a HIS, at most. */
export const WAIT_SECONDS = 20;

/** What happened in one round. */
export interface Round {
  readonly capacity: number;
  readonly winners: readonly Winner[];
  /** Answers to those who lost: status and problem. */
  readonly losers: readonly string[];
}

export interface Winner {
  readonly story: Story;
  readonly transactionId: string;
  readonly etag: string;
  readonly status: string;
  readonly slotId: string;
}

export interface Wish {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly role?: CallerRole;
  /** Which of the API processes. */
  readonly api: number;
}

/** Sent once, unlike `Client.ask`: in a contest nobody is to be told to come again. Status 0: no answer. */
export async function sendOnce(cluster: Cluster, traffic: Traffic, wish: Wish): Promise<Reply> {
  const { method, path, body, headers, role = 'app', api } = wish;
  traffic.journal.operations += 1;
  try {
    const response = await fetch(`${cluster.apiUrl(api)}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${cluster.sandbox.tokens[role]}`,
        'idempotency-key': newKey(),
        prefer: `wait=${WAIT_SECONDS}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400 && hasCanary(text)) traffic.journal.leaks += 1;
    const parsed: unknown = text === '' ? {} : JSON.parse(text);
    return { status: response.status, etag: response.headers.get('etag'), body: parsed };
  } catch {
    return { status: 0, etag: null, body: {} };
  }
}

/** A loser's answer, in words that hold nothing of a patient's. */
export const lost = ({ status, body }: Reply): string => `${status} ${problemOf(body)}`;

/** Undefined when the answer is none of a winner. Kept in the story, so that `judge` follows it to its end. */
export function won(story: Story, reply: Reply): Winner | undefined {
  if (reply.status < 200 || reply.status >= 300) return undefined;
  const body = reply.body as AppointmentBody;
  story.appointmentId = body.id;
  story.transactionIds = body.transactions.map(({ id }) => id);
  story.sightings.push({ at: Date.now(), status: body.status, version: body.version });
  return {
    story,
    transactionId: body.transactions.at(-1)?.id ?? '',
    etag: reply.etag ?? '',
    status: body.status,
    slotId: body.slotId,
  };
}

/** What is wrong with a round, in ids and states: not exactly as many winners as seats, or a loser who was not told so by 409. */
export function* faultsOf({ capacity, winners, losers }: Round): Generator<{ invariant: string; detail: string }> {
  if (winners.length !== capacity) {
    const ids = winners.map(({ story, status }) => `${story.appointmentId} ${status}`).join(', ');
    yield { invariant: 'I2', detail: `${winners.length} winners of ${capacity} (${ids})` };
  }
  const odd = losers.filter((each) => !each.startsWith('409 ') || each.startsWith('409 idempotency'));
  if (odd.length > 0) yield { invariant: 'client', detail: `losers were told ${[...new Set(odd)].join(', ')}` };
}
