/** Faults against a HIS of messages: what an acknowledgement means, whose it is, and what its clock says. */
import { AdapterError, MllpFramer, type Adapter, type Connector } from '#adapter-kit';
import { settingsFrom } from '../../../adapters/hl7v2/settings.ts';
import { book } from '../../../adapters/hl7v2/write.ts';
import { ASSUMED, inConnector, misreading, mistaking, type Broken } from './broken.ts';
import { CarelessLine, type Carelessness } from './careless-line.ts';

/** The line that the faults are put into: without one it is as good as the adapter's own. */
export const bookingBy =
  (careless: () => Carelessness): Broken['breaks'] =>
  (adapter): Adapter => ({
    ...adapter,
    connect(connection): Connector {
      const sound = adapter.connect(connection);
      const settings = settingsFrom(connection);
      const line = new CarelessLine(settings, careless());
      return { ...sound, book: (call, request) => book(settings, line, call, request) };
    },
  });

/** Offsets as they stand at the end of a time, in any field. */
const OFFSET = /(?<=[|^~]\d{12,14})[+-]\d{4}/g;

export const hl7v2: readonly Broken[] = [
  {
    fault: 'takes an acknowledgement by its position, whatever message it is of',
    of: 'hl7v2',
    caughtBy: [
      'AA of another message (MSA-2), with its appointment, on S01',
      'AE 205 of another message (MSA-2), on S01',
    ],
    breaks: bookingBy(() => ({ byPosition: true })),
  },
  {
    fault: 'shares a buffer between connections',
    of: 'hl7v2',
    caughtBy: ['answers-in-pieces'],
    breaks: bookingBy(() => ({ framer: new MllpFramer() })),
  },
  {
    fault: 'takes AE and AR for answers like any other',
    of: 'hl7v2',
    caughtBy: [
      'AE 101 on S01',
      'AE 205 of the time, on S01',
      'AR without ERR, on S01',
      'one-winner',
      'slot-taken',
      'slot-taken-meanwhile',
    ],
    breaks: misreading((outcome) => (outcome.class === 'success' || outcome.class === 'unknown' ? outcome : ASSUMED)),
  },
  {
    fault: 'takes "stored" (CA) for "booked"',
    of: 'hl7v2',
    caughtBy: ['CA alone, on S01'],
    breaks: mistaking('awaiting-application-ack', ASSUMED),
  },
  {
    fault: 'takes an AA without an appointment for a booking',
    of: 'hl7v2',
    caughtBy: ['AA without the appointment, on S01'],
    breaks: mistaking('no-appointment-in-reply', ASSUMED),
  },
  {
    fault: 'takes AR 207 for the end of it',
    of: 'hl7v2',
    caughtBy: ['AR 207 on S01'],
    breaks: mistaking('application-error', { class: 'invalid', reason: 'application-error' }),
  },
  {
    fault: 'sends a message again when its acknowledgement is lost',
    of: 'hl7v2',
    caughtBy: ['lost-answer-by-tag', 'not-executed-reset-before', 'polite-after-a-loss'],
    breaks: inConnector((sound) => ({
      book: (call, request) => sound.book(call, request).catch(() => sound.book(call, request)),
    })),
  },
  {
    fault: 'calls a lost acknowledgement "not sent"',
    of: 'hl7v2',
    caughtBy: ['a connection that ends after the message was sent, on S01', 'lost-answer-by-tag'],
    breaks: inConnector((sound) => ({
      book: (call, request) =>
        sound.book(call, request).catch((error: unknown) => {
          if (error instanceof AdapterError) return { class: 'transient', reason: error.reason } as const;
          throw error;
        }),
    })),
  },
  {
    fault: 'reads what the clock on the wall shows as UTC',
    of: 'hl7v2',
    caughtBy: ['hears-of-bookings', 'notices-in-both-nights'],
    breaks: (adapter): Adapter => ({
      ...adapter,
      connect(connection): Connector {
        const sound = adapter.connect(connection);
        const { config, secrets } = connection;
        const utc = adapter.connect({ config: { ...config, defaultTimeZone: 'UTC', locations: [] }, secrets });
        return {
          ...sound,
          receive: async (call, message) =>
            utc.receive?.(call, Buffer.from(Buffer.from(message).toString('utf8').replaceAll(OFFSET, ''))),
        };
      },
    }),
  },
];
