/** One thing of a timeline in words. */
import type { Schemas } from '../api/contract.ts';
import type { Colour } from '../kit/colour.ts';

type Entry = Schemas['timeline-entry'];

interface Told {
  readonly title: string;
  readonly detail: string;
  readonly colour: Colour;
  readonly tookMs?: number;
}

/** What an attempt came to; anything else is an error class. */
const OUTCOMES: Readonly<Record<string, readonly [words: string, colour: Colour]>> = {
  success: ['confirmed', 'good'],
  found: ['found there: it was done', 'good'],
  absent: ['not found there', 'doubt'],
  taken: ['the slot has somebody else', 'bad'],
  inconclusive: ['that told nothing', 'doubt'],
  unknown: ['the answer was lost', 'doubt'],
  conflict: ['refused: it does not fit', 'bad'],
  'not-found': ['refused: not known there', 'bad'],
  invalid: ['refused: not understood', 'bad'],
  unsupported: ['the hospital cannot do this', 'bad'],
  auth: ['credentials refused', 'bad'],
  throttled: ['asked to be left alone', 'wait'],
  transient: ['not reached', 'wait'],
  uncategorised: ['an answer that was not understood', 'doubt'],
};

const EVENTS: Readonly<Record<string, Colour>> = {
  succeeded: 'good',
  booked: 'good',
  cancelled: 'good',
  rescheduled: 'good',
  rejected: 'over',
  failed: 'bad',
  needs_review: 'person',
  blocked: 'person',
  unknown: 'doubt',
  parked: 'wait',
  retrying: 'wait',
};

export function tellEntry(entry: Entry): Told {
  switch (entry.kind) {
    case 'request':
      return {
        title: `${entry.method} ${entry.route}`,
        detail: `Answered ${entry.status}${entry.errorCode === null ? '' : `, ${entry.errorCode}`}${entry.clientId ? `, to ${entry.clientId}` : ''}`,
        colour: entry.status < 400 ? 'busy' : 'over',
        tookMs: entry.durationMs,
      };
    case 'attempt':
      return tellAttempt(entry);
    case 'event':
      return {
        title: wordsOf(entry.event),
        detail: detailOf(entry.data),
        colour: EVENTS[entry.event.split('.').at(-1) ?? ''] ?? 'over',
      };
    default:
      return entry satisfies never;
  }
}

function tellAttempt(entry: Extract<Entry, { kind: 'attempt' }>): Told {
  const [words, colour] =
    entry.class === null ? (['under way', 'busy'] as const) : (OUTCOMES[entry.class] ?? [entry.class, 'over']);
  const what =
    entry.purpose === 'look-up' ? `Asked the hospital about: ${entry.step}` : `Sent to the hospital: ${entry.step}`;
  const codes = [entry.reason, entry.vendorCode].filter((each) => each !== null && each !== undefined);
  return {
    title: `${what} (attempt ${entry.number})`,
    detail: codes.length > 0 ? `${words}: ${codes.join(', ')}` : words,
    colour,
    ...(typeof entry.durationMs === 'number' && { tookMs: entry.durationMs }),
  };
}

/** "transaction.needs_review" → "Transaction needs review" */
function wordsOf(type: string): string {
  const words = type.replaceAll(/[._-]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Codes only: ids are on the page already. */
function detailOf(data: Readonly<Record<string, unknown>> | undefined): string {
  const shown = Object.entries(data ?? {}).filter(
    ([name, value]) => !name.endsWith('Id') && (typeof value === 'string' || typeof value === 'number'),
  );
  return shown.map(([name, value]) => `${name}: ${String(value)}`).join(' · ');
}
