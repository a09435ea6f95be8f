/** The time in which free slots are looked for. */
import { HubError } from '../domain/index.ts';

const DAY_MS = 86_400_000;
const SPAN_DAYS_DEFAULT = 14;
const SPAN_DAYS_MAX = 31;
/** A local month of 31 days is an hour longer when the clocks go back in it. */
const CLOCK_CHANGE_MS = 3_600_000;

/** `from` (now unless given) included, `to` (14 days after `from` unless given) excluded; RFC 3339. */
export interface SlotWindow {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Only what its HIS has confirmed within so many seconds. */
  readonly maxAge?: number | undefined;
}

/** Errors: validation, when the window spans more than 31 days or ends before it begins. */
export function checkedWindow(window: SlotWindow): { readonly from: string; readonly to: string } {
  const { begin, end } = checkWindow(window);
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
}

/** Milliseconds since the epoch. Errors: as above. */
export function checkWindow({ from, to }: SlotWindow): { readonly begin: number; readonly end: number } {
  const begin = from === undefined ? Date.now() : Date.parse(from);
  const end = to === undefined ? begin + SPAN_DAYS_DEFAULT * DAY_MS : Date.parse(to);
  if (end < begin)
    throw wrongWindow(
      to === undefined ? 'from' : 'to',
      'expected "to" to be after "from" (which is now, unless given)',
    );
  if (end - begin > SPAN_DAYS_MAX * DAY_MS + CLOCK_CHANGE_MS) {
    throw wrongWindow(
      'to',
      `expected at most ${SPAN_DAYS_MAX} days after "from" (which is now, unless given): ask for the rest in a second request`,
    );
  }
  return { begin, end };
}

const wrongWindow = (name: string, detail: string): HubError =>
  new HubError('validation', `The window of time was not accepted: ${detail}.`, {
    errors: [{ pointer: `#/query/${name}`, detail }],
  });
