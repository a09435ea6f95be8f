/** Errors as callers see them: problem details (RFC 9457). */
import type { ServerResponse } from 'node:http';
import type { Contracts } from '../contracts.ts';
import { HubError } from '../domain/index.ts';
import { traceOf } from './trace.ts';

const TYPE_BASE = 'https://tessera.dev/problems/';

export interface ProblemReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The error as a reply, for whoever keeps it to give it again. */
export function problemReply(error: HubError, errors: Contracts['errors'], transactionId: string): ProblemReply {
  const entry = errors[error.code];
  if (!entry) throw new Error(`contracts/errors.yaml has no ${error.code}`);
  return {
    status: entry.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(error.retryAfterSeconds !== undefined && { 'retry-after': String(Math.ceil(error.retryAfterSeconds)) }),
    },
    body: {
      type: TYPE_BASE + error.code,
      title: entry.title,
      status: entry.status,
      detail: error.message,
      transactionId,
      ...(error.errors.length > 0 && { errors: error.errors }),
      ...error.members,
    },
  };
}

/** Answers with the problem; sets its code for the record. */
export function sendProblem(response: ServerResponse, error: HubError, errors: Contracts['errors']): void {
  const trace = traceOf(response);
  trace.errorCode = error.code;
  const reply = problemReply(error, errors, trace.transactionId);
  const body = JSON.stringify(reply.body);
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** An error of the hub itself. Its message stays inside: it may quote what a caller sent. */
export const internal = (cause: unknown): HubError =>
  new HubError(
    'internal',
    'The hub has failed. Repeat with the same Idempotency-Key; give the transactionId to support.',
    {
      cause,
    },
  );

/** What the hub keeps its records in is away: passes by itself, or is mended by whoever runs the hub. */
export const unavailable = (cause: unknown): HubError =>
  new HubError(
    'unavailable',
    'The hub cannot reach its database at the moment. Send the same request, with the same Idempotency-Key, after Retry-After.',
    { cause, retryAfterSeconds: 2 },
  );

/** For the log: which error, and where. Without messages, because those of databases and parsers quote values. */
export function whereabouts(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { thrown: typeof error };
  return {
    name: error.name,
    ...('code' in error && { code: error.code }),
    ...('constraint' in error && { constraint: error.constraint }),
    frames: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .map((line) => line.trim()),
    ...(error.cause !== undefined && { cause: whereabouts(error.cause) }),
  };
}
