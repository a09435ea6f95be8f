/** Faults against a HIS that says its refusals in the body, and its times without a zone. */
import type { Adapter, HisReply } from '#adapter-kit';
import { ASSUMED, inConnector, inEachCall, mistaking, withFetch, type Broken } from './broken.ts';

const bodiless = (reply: HisReply): HisReply => ({ ...reply, bytes: new Uint8Array(), text: '' });

export const xmlHis: readonly Broken[] = [
  {
    fault: 'looks at the status before the body: what comes with an error status is not read',
    of: 'xml-his',
    caughtBy: ['39 with status 500, on SetAppointment', 'SOAP 1.1 Client, on SetAppointment'],
    breaks: inEachCall((call) =>
      withFetch(call, (fetch) => async (url, options) => {
        const reply = await fetch(url, options);
        return reply.status >= 300 ? bodiless(reply) : reply;
      }),
    ),
  },
  {
    fault: 'looks at the status before the body: 200 is a booking',
    of: 'xml-his',
    caughtBy: [
      '39, on SetAppointment',
      'SOAP 1.1 Server with status 200, on SetAppointment',
      'half an answer, on SetAppointment',
      'nothing with status 200, on SetAppointment',
      'one-winner',
      'slot-taken',
    ],
    breaks: inConnector((sound) => ({
      async book(call, request) {
        let status = 0;
        const watching = withFetch(call, (fetch) => async (url, options) => {
          const reply = await fetch(url, options);
          if (options?.write === true) ({ status } = reply);
          return reply;
        });
        try {
          const outcome = await sound.book(watching, request);
          return status === 200 && outcome.class !== 'success' ? ASSUMED : outcome;
        } catch (error) {
          if (status === 200) return ASSUMED;
          throw error;
        }
      },
    })),
  },
  {
    fault: 'sends a write again when its answer is lost',
    of: 'xml-his',
    caughtBy: ['lost-answer-by-patient-and-time', 'lost-answer-by-tag', 'not-executed-reset-before'],
    breaks: inEachCall((call) =>
      withFetch(call, (fetch) => (url, options) => fetch(url, options).catch(() => fetch(url, options))),
    ),
  },
  {
    fault: 'reads local time as UTC',
    of: 'xml-his',
    caughtBy: ['autumn-fold', 'finds-slots', 'spring-gap'],
    breaks: (adapter): Adapter => ({
      ...adapter,
      connect: ({ config, secrets }) => {
        // Nothing to break in settings that are none: those must be refused as ever.
        const zones = 'timeZone' in config ? { timeZone: 'UTC', timeZones: {} } : {};
        return adapter.connect({ config: { ...config, ...zones }, secrets });
      },
    }),
  },
  {
    fault: 'takes an empty answer for a refusal',
    of: 'xml-his',
    caughtBy: ['half an answer, on SetAppointment', 'hostile-empty', 'nothing with status 200, on SetAppointment'],
    breaks: inConnector((sound) => ({
      book: (call, request) =>
        sound.book(call, request).catch(() => ({ class: 'invalid', reason: 'refused-without-reason' }) as const),
    })),
  },
  {
    fault: 'believes that a refused ticket is gone',
    of: 'xml-his',
    caughtBy: ['75 on CreateClaimForRefusal, and the appointment stands'],
    breaks: inConnector((sound) => ({
      async cancel(call, request) {
        const outcome = await sound.cancel(call, request);
        const isRefused = outcome.class === 'invalid' && outcome.reason === 'still-booked';
        return isRefused ? { class: 'success', externalId: request.externalId } : outcome;
      },
    })),
  },
  {
    fault: 'calls a code that its table does not list a taken slot',
    of: 'xml-his',
    caughtBy: ['4711, on SetAppointment'],
    breaks: mistaking('unlisted-code', { class: 'conflict', reason: 'slot-taken' }),
  },
];
