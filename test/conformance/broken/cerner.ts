/** Faults against the contract of a FHIR domain with versions, opaque pages and codes of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { ASSUMED, inConnector, inEachCall, mistaking, withFetch, type Broken } from './broken.ts';

const IMPATIENT_MS = 500;
const STALE = { class: 'conflict', reason: 'stale-version' } as const;

export const cerner: readonly Broken[] = [
  {
    fault: 'changes without saying which version it has seen',
    of: 'cerner',
    caughtBy: ['cancels', 'holds', 'polite', 'reschedules'],
    breaks: inEachCall((call) =>
      withFetch(call, (fetch) => (url, options = {}) => {
        const headers = Object.entries(options.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'if-match');
        return fetch(url, { ...options, headers: Object.fromEntries(headers) });
      }),
    ),
  },
  {
    fault: 'constructs the links of further pages itself',
    of: 'cerner',
    caughtBy: ['finds-slots', 'polite'],
    breaks: inEachCall((call) =>
      withFetch(
        call,
        (fetch) => (url, options) => fetch(String(url).replace(/(-pageContext=)[^&]+/, '$1page-2'), options),
      ),
    ),
  },
  {
    fault: 'sends a write again that was not answered in time',
    of: 'cerner',
    caughtBy: ['lost-answer-timeout-after-commit', 'not-executed-timeout-before'],
    breaks: inEachCall((call) =>
      withFetch(call, (fetch) => async (url, options) => {
        const first = fetch(url, options);
        if (options?.write !== true) return first;
        first.catch(() => {});
        const reply = await Promise.race([first, delay(IMPATIENT_MS, undefined, { ref: false })]);
        return reply ?? fetch(url, options);
      }),
    ),
  },
  {
    fault: 'takes every 422 for a taken slot',
    of: 'cerner',
    caughtBy: ['422 business-rule on booking, and the slot is free', '422 extension on booking'],
    breaks: inConnector((sound) => ({
      async book(call, request) {
        const outcome = await sound.book(call, request);
        const isIt = outcome.class === 'invalid' && outcome.vendorCode?.startsWith('http-422');
        return isIt ? { class: 'conflict', reason: 'slot-taken' } : outcome;
      },
    })),
  },
  {
    fault: 'takes a stale version for a taken slot, as if 409 meant what it means elsewhere',
    of: 'cerner',
    caughtBy: ['409 on every try to reschedule'],
    breaks: inConnector((sound) => ({
      async reschedule(call, request) {
        const outcome = await sound.reschedule?.(call, request);
        const isStale = outcome?.class === STALE.class && outcome.reason === STALE.reason;
        return isStale || outcome === undefined ? { class: 'conflict', reason: 'slot-taken' } : outcome;
      },
    })),
  },
  {
    fault: 'takes a 201 that names nothing for a booking',
    of: 'cerner',
    caughtBy: ['201 without a Location, on booking'],
    breaks: mistaking('no-location-in-reply', ASSUMED),
  },
  {
    fault: 'would try a 424 again',
    of: 'cerner',
    caughtBy: ['424 on booking'],
    breaks: mistaking('dependency-failed', { class: 'transient', reason: 'dependency-failed' }),
  },
  {
    fault: 'would try a record again that cannot be read',
    of: 'cerner',
    caughtBy: ['500 required on booking'],
    breaks: mistaking('record-incomplete', { class: 'transient', reason: 'server-error' }),
  },
];
