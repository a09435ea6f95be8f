/** Faults that would show times that are not, people who are others, or an answer where there is none. */
import { Temporal } from 'temporal-polyfill';
import type { Call, Connector, FoundSlot } from '#adapter-kit';
import { inConnector, type Broken } from './broken.ts';

type Window = Parameters<NonNullable<Connector['findSlots']>>[1];
type Pages = AsyncIterable<readonly FoundSlot[]>;

const withPages = (faulty: (pages: Pages) => Pages): Broken['breaks'] =>
  inConnector((sound) => ({
    findSlots: (call: Call, window: Window) => faulty(sound.findSlots?.(call, window) ?? none()),
  }));

async function* none(): Pages {}

/** As if the clocks that wrote these times were set by `shiftMs`. */
const shifted = (shiftMs: (at: Temporal.ZonedDateTime) => number): Broken['breaks'] =>
  withPages(async function* (pages) {
    for await (const page of pages) {
      yield page.map((slot) => {
        const zone = slot.locationExternalId === 'C2' ? 'America/New_York' : 'Europe/Berlin';
        const moved = (time: string): string =>
          new Date(Date.parse(time) + shiftMs(Temporal.Instant.from(time).toZonedDateTimeISO(zone))).toISOString();
        return { ...slot, start: moved(slot.start), end: moved(slot.end) };
      });
    }
  });

const offsetMs = (at: Temporal.ZonedDateTime): number => at.offsetNanoseconds / 1e6;

export const reads: readonly Broken[] = [
  {
    fault: 'reads local time as UTC',
    of: '_template',
    caughtBy: ['autumn-fold', 'finds-slots', 'spring-gap'],
    breaks: shifted(offsetMs),
  },
  {
    fault: 'knows one offset for the whole year',
    of: '_template',
    caughtBy: ['autumn-fold', 'spring-gap'],
    breaks: shifted((at) => offsetMs(at) - offsetMs(at.with({ month: 1, day: 1 }))),
  },
  {
    fault: 'leaves out the last page',
    of: '_template',
    caughtBy: ['finds-slots'],
    breaks: withPages(async function* (pages) {
      let waiting: readonly FoundSlot[] | undefined;
      for await (const page of pages) {
        if (waiting !== undefined) yield waiting;
        waiting = page;
      }
    }),
  },
  {
    fault: 'gives a page twice',
    of: '_template',
    caughtBy: ['finds-slots'],
    breaks: withPages(async function* (pages) {
      for await (const page of pages) {
        yield page;
        yield page;
      }
    }),
  },
  {
    fault: 'takes half a list for the whole',
    of: '_template',
    caughtBy: ['search-fails-loudly'],
    breaks: withPages(async function* (pages) {
      try {
        yield* pages;
      } catch {
        // On purpose.
      }
    }),
  },
  {
    fault: 'says absent, whatever the HIS says',
    of: 'epic',
    caughtBy: ['look-up-meets-500', 'lost-answer-by-tag', 'never-sent-none'],
    breaks: inConnector(() => ({ lookup: () => Promise.resolve({ kind: 'absent' }) })),
  },
  {
    fault: 'takes whatever stands in the slot for its own',
    of: '_template',
    caughtBy: ['not-ours'],
    breaks: inConnector((sound) => {
      const standing = new Map<string, string>();
      return {
        async book(call, request) {
          const outcome = await sound.book(call, request);
          if (outcome.class === 'success') standing.set(request.slot.externalId, outcome.externalId);
          return outcome;
        },
        async lookup(call, request) {
          const externalId = standing.get(request.slot.externalId);
          return externalId === undefined ? sound.lookup(call, request) : { kind: 'found', externalId };
        },
      };
    }),
  },
  {
    fault: 'takes the same time for the same place',
    of: '_template',
    caughtBy: ['reschedule-to-another-provider'],
    breaks: inConnector((sound) => ({
      async lookup(call, request) {
        const isThere = request.kind === 'reschedule' && request.slot.start === request.to.start;
        return isThere ? { kind: 'found', externalId: request.externalId } : sound.lookup(call, request);
      },
    })),
  },
  {
    fault: 'books while it looks',
    of: '_template',
    caughtBy: ['never-sent-by-tag'],
    breaks: inConnector((sound) => ({
      async lookup(call, request) {
        const finding = await sound.lookup(call, request);
        if (finding.kind === 'absent' && request.kind === 'book') await sound.book(call, request);
        return finding;
      },
    })),
  },
  {
    fault: 'chooses one of two people who are alike',
    of: 'epic',
    caughtBy: ['matches-many'],
    breaks: inConnector((sound) => ({
      async matchPatient(call, person) {
        const match = await sound.matchPatient?.(call, person);
        if (match?.kind !== 'many') return match ?? { kind: 'none' };
        return { kind: 'one', evidence: { class: 'success', externalId: 'the-first' } };
      },
    })),
  },
];
