/** Free slots of one provider, a page at a time, and for how long that answer holds. */
import { Grouped, type Sql } from '../db/database.ts';
import { isId, notFound, type Caller, type Mode } from '../domain/index.ts';
import { readFreeSlots, slotsOf, type FreeSlots, type FreeSlotsQuestion } from './free-slots.ts';
import { badCursor, type Page, type PageRequest } from './page.ts';
import type { ShownSlot } from './shown-slots.ts';
import { utcDay } from './slot-changes.ts';
import { checkedWindow, type SlotWindow } from './slot-window.ts';

export type AvailabilityFilter = SlotWindow & { readonly mode?: Mode | undefined };

/** Its items are JSON already. */
interface AvailabilityPage extends Page<Buffer> {
  /**
   * While no slot is changed, the same question has the same answer for so long from the moment on at which it was asked. Unless it was
   * read to be kept, that was not looked at: 0.
   */
  readonly sameForMs: number;
  /** The first and the last day (utcDay) of which slots make a difference. */
  readonly days: readonly [number, number];
}

interface Asked {
  readonly organizationId: string;
  readonly question: FreeSlotsQuestion;
}

/** Of one statement: the answers of more would keep all else waiting while they are read. */
const GROUP_MAX = 16;

export class Availability {
  readonly #questions: Grouped<Asked, FreeSlots | undefined>;

  constructor(sql: Sql) {
    this.#questions = new Grouped((asked) => readAll(sql, asked), { max: GROUP_MAX });
  }

  /**
   * Free slots of the provider that begin in the window, ascending; what is committed when it is called is in it.
   * Errors: not-found; validation, when the window spans more than 31 days or ends before it begins, or the cursor is of another list.
   */
  async read(
    { organizationId, locationIds }: Caller,
    providerId: string,
    filter: AvailabilityFilter,
    { limit, after }: PageRequest,
    kept: boolean,
  ): Promise<AvailabilityPage> {
    const window = checkedWindow(filter);
    const question = {
      providerId,
      ...window,
      moves: filter.from === undefined && filter.to === undefined,
      kept,
      // One more tells whether there is another page.
      most: limit + 1,
      mode: filter.mode ?? null,
      maxAge: filter.maxAge ?? null,
      locationIds: locationIds ?? null,
      after: after ? checkedKey(after) : null,
    };
    if (!isId(providerId)) throw notFound('provider');
    const found = await this.#questions.ask({ organizationId, question });
    if (!found?.known) throw notFound('provider');
    const slots = slotsOf(found, providerId.toLowerCase());
    const shown = slots.slice(0, limit);
    const beyond = slots[limit];
    const last = beyond && shown.at(-1);
    return {
      items: shown.map(({ json }) => json),
      next: last ? keyOf(last) : null,
      sameForMs: kept ? sameFor(found, slots, filter) : 0,
      days: [
        utcDay(Date.parse(question.after?.[0] ?? question.from)),
        beyond ? utcDay(beyond.startMs) : lastDay(question),
      ],
    };
  }
}

/** A window that moves comes to days that it has not reached yet. */
const lastDay = ({ moves, to }: FreeSlotsQuestion): number => (moves ? Infinity : utcDay(Date.parse(to)));

/** Questions of one organization share a statement. */
async function readAll(sql: Sql, asked: readonly Asked[]): Promise<readonly (FreeSlots | undefined)[]> {
  const answers = new Map<Asked, FreeSlots | undefined>();
  for (const [organizationId, own] of Map.groupBy(asked, (each) => each.organizationId)) {
    const found = await readFreeSlots(
      sql,
      organizationId,
      own.map(({ question }) => question),
    );
    for (const [index, each] of own.entries()) answers.set(each, found[index]);
  }
  return asked.map((each) => answers.get(each));
}

const keyOf = ({ startMs, id }: ShownSlot): readonly string[] => [instantOf(startMs), id];

/** To the microsecond, which is as exact as Postgres has it. */
function instantOf(ms: number): string {
  const us = Math.round(ms * 1000);
  const text = new Date(Math.floor(us / 1000)).toISOString();
  return `${text.slice(0, -1)}${String(us % 1000).padStart(3, '0')}Z`;
}

/** As keyOf has made it, to the letter: in a statement for many no question may fail. */
function checkedKey([start = '', id = '', ...rest]: readonly string[]): readonly [string, string] {
  const [, ms = '', us = ''] = /^([1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})(\d{3})Z$/.exec(start) ?? [];
  const at = Date.parse(`${ms}Z`);
  if (Number.isNaN(at) || instantOf(at + Number(us) / 1000) !== start || !isId(id) || rest.length > 0)
    throw badCursor();
  return [start, id];
}

/** What the clock changes: slots begin, holds end, the window moves on, and what a HIS has said grows old. */
function sameFor(
  { nowMs, heldForMs, beyondForMs }: FreeSlots,
  slots: readonly ShownSlot[],
  { maxAge }: AvailabilityFilter,
): number {
  if (maxAge !== undefined) return 0;
  const begins = (slots[0]?.startMs ?? Infinity) - nowMs;
  const growOld = Math.min(...slots.map(({ sameUntilMs }) => sameUntilMs)) - Date.now();
  return Math.min(begins, heldForMs ?? Infinity, beyondForMs ?? Infinity, growOld);
}
