/** Faults that would book twice, lose a booking, or claim one that is none. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BookRequest, Outcome } from '#adapter-kit';
import { ASSUMED, inConnector, inEachCall, withFetch, type Broken } from './broken.ts';

export const writes: readonly Broken[] = [
  {
    fault: 'ignores a 409',
    of: '_template',
    caughtBy: ['one-winner', 'slot-taken', 'slot-taken-meanwhile'],
    breaks: inConnector((sound) => ({
      async book(call, request) {
        const outcome = await sound.book(call, request);
        return outcome.class === 'conflict' ? ASSUMED : outcome;
      },
    })),
  },
  {
    fault: 'takes status 200 for a booking, whatever the body says',
    of: '_template',
    caughtBy: ['error-in-200', 'hostile-empty', 'html-200', 'malformed'],
    breaks: inConnector((sound) => ({
      async book(call, request) {
        let status = 0;
        const watching = withFetch(call, (fetch) => async (url, options) => {
          const reply = await fetch(url, options);
          status = reply.status;
          return reply;
        });
        const outcome = sound.book(watching, request);
        return outcome.then(
          (came) => (status === 200 ? ASSUMED : came),
          (error: unknown) => {
            if (status === 200) return ASSUMED;
            throw error;
          },
        );
      },
    })),
  },
  {
    fault: 'sends no If-Match',
    of: '_template',
    caughtBy: ['cancels', 'polite', 'reschedules'],
    breaks: inEachCall((call) =>
      withFetch(call, (fetch) => (url, options = {}) => {
        const { 'if-match': _, ...headers } = options.headers ?? {};
        return fetch(url, { ...options, headers });
      }),
    ),
  },
  {
    fault: 'sends a write again when its answer is lost',
    of: '_template',
    caughtBy: ['lost-answer-by-tag', 'lost-answer-idempotency-key', 'not-executed-reset-before'],
    breaks: inConnector((sound) => ({
      book: (call, request) => sound.book(call, request).catch(() => sound.book(call, request)),
    })),
  },
  {
    fault: 'calls a write that may have been executed transient',
    of: 'epic',
    caughtBy: ['lost-answer-502-after-commit', 'lost-answer-by-tag', 'malformed', 'not-executed-500'],
    breaks: inConnector((sound) => ({
      async book(call, request) {
        const outcome = await sound.book(call, request).catch((): Outcome => ({ class: 'unknown', reason: 'thrown' }));
        return outcome.class === 'unknown' ? { class: 'transient', reason: outcome.reason } : outcome;
      },
    })),
  },
  {
    fault: 'shares a buffer between calls',
    of: '_template',
    caughtBy: ['no-shared-state'],
    breaks: inConnector((sound) => {
      let buffer: BookRequest;
      return {
        async book(call, request) {
          buffer = request;
          await delay(5);
          return sound.book(call, buffer);
        },
      };
    }),
  },
  {
    fault: 'books behind the back of call.fetch, by a client of its own that follows redirects',
    of: '_template',
    caughtBy: ['books', 'hostile-redirect'],
    breaks: inEachCall((call) =>
      withFetch(call, () => async (url, { method = 'GET', headers = {}, body } = {}) => {
        const response = await fetch(url, { method, headers, body: body ?? null, signal: call.signal });
        const bytes = new Uint8Array(await response.arrayBuffer());
        return { status: response.status, headers: response.headers, bytes, text: new TextDecoder().decode(bytes) };
      }),
    ),
  },
  {
    fault: 'calls what its table does not list invalid',
    of: '_template',
    caughtBy: ['unlisted-code'],
    breaks: inConnector((sound) => ({
      async book(call, request) {
        const outcome = await sound.book(call, request);
        return outcome.class === 'uncategorised' ? { ...outcome, class: 'invalid' } : outcome;
      },
    })),
  },
  {
    fault: 'forgets how long it was asked to wait',
    of: '_template',
    caughtBy: ['429-retry-after', 'retry-after-date', 'retry-after-seconds'],
    breaks: inConnector((sound) => ({
      async book(call, request) {
        const outcome = await sound.book(call, request);
        if (outcome.class === 'success') return outcome;
        const { retryAfterMs: _, ...refusal } = outcome;
        return refusal;
      },
    })),
  },
  {
    fault: 'takes cancelling what nobody knows for done',
    of: '_template',
    caughtBy: ['cancels-unknown'],
    breaks: inConnector((sound) => ({
      async cancel(call, request) {
        const outcome = await sound.cancel(call, request);
        return outcome.class === 'not-found' ? { class: 'success', externalId: request.externalId } : outcome;
      },
    })),
  },
  {
    fault: 'moves by giving the old slot up first',
    of: 'native',
    caughtBy: ['reschedule-into-taken'],
    breaks: inConnector((sound) => ({
      async reschedule(call, request) {
        await sound.cancel(call, request);
        return sound.book(call, { ...request, slot: request.to, mode: request.to.mode });
      },
    })),
  },
];
