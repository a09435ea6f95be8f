/** The two sides of a day, brought together by time. */
import type { DriftKind } from '../domain/index.ts';

export interface OnHubSide {
  readonly startMs: number;
  readonly endMs: number;
  /** Of the appointment; of the slot where there is none. */
  readonly status: string;
  readonly slotId: string;
  readonly appointmentId: string | null;
  /** The HIS's key: of the appointment, or of the slot. */
  readonly externalId: string | null;
}

export interface OnHisSide {
  readonly startMs: number;
  readonly endMs: number | undefined;
  readonly status: 'free' | 'booked' | 'cancelled';
  readonly externalId: string;
}

/** What a difference is about: any of these is enough to know it by. */
export interface Marked {
  readonly kind: DriftKind;
  readonly slotId?: string | null | undefined;
  readonly appointmentId?: string | null | undefined;
  readonly externalId?: string | null | undefined;
  /** Of one that is written down. */
  readonly id?: string;
}

/** contracts/schemas/provider-day.schema.json */
export interface DayRow {
  readonly start: string;
  readonly end: string | null;
  readonly hub: Pick<OnHubSide, 'status' | 'slotId' | 'appointmentId' | 'externalId'> | null;
  readonly his: Pick<OnHisSide, 'status' | 'externalId'> | null;
  readonly difference: DriftKind | null;
  readonly driftId: string | null;
}

/** Beside an appointment its own counterpart stands; else whoever has the time, and what is free last. */
const RANKS = { booked: 0, cancelled: 1, free: 2 } as const;

/** By time. `found`: what was compared just now; `open`: what is written down, and waits. */
export function dayRows(
  hub: readonly OnHubSide[],
  his: readonly OnHisSide[],
  found: readonly Marked[],
  open: readonly Marked[],
): DayRow[] {
  const left = new Set(his);
  const take = (fits: (each: OnHisSide) => boolean): OnHisSide | undefined => {
    const [first] = [...left].filter(fits).toSorted((a, b) => RANKS[a.status] - RANKS[b.status]);
    if (first) left.delete(first);
    return first;
  };
  const own = new Map(
    hub.map((mine) => [mine, take((each) => each.externalId === mine.externalId && each.startMs === mine.startMs)]),
  );
  // A time that was cancelled there is offered again: that is no other time.
  for (const [mine, there] of own) if (there?.status === 'cancelled') take(({ startMs }) => startMs === mine.startMs);
  const pairs = hub.map((mine) => [mine, own.get(mine) ?? take(({ startMs }) => startMs === mine.startMs)] as const);
  const alone = [...left].map((there) => [undefined, there] as const);
  return [...pairs, ...alone]
    .toSorted(([a, b], [c, d]) => (a ?? b ?? NEVER).startMs - (c ?? d ?? NEVER).startMs)
    .map(([mine, there]) => rowOf(mine, there, found, open));
}

const NEVER = { startMs: 0 };

function rowOf(
  mine: OnHubSide | undefined,
  there: OnHisSide | undefined,
  found: readonly Marked[],
  open: readonly Marked[],
): DayRow {
  const isAbout = (mark: Marked): boolean =>
    (mine !== undefined && mark.slotId === mine.slotId) ||
    (mine !== undefined && isSame(mark.appointmentId, mine.appointmentId)) ||
    isSame(mark.externalId, there?.externalId);
  const marked = found.find(isAbout);
  const written = open.find((each) => isAbout(each) && (marked === undefined || each.kind === marked.kind));
  const endMs = mine?.endMs ?? there?.endMs;
  return {
    start: new Date((mine ?? there ?? NEVER).startMs).toISOString(),
    end: endMs === undefined ? null : new Date(endMs).toISOString(),
    hub: mine
      ? { status: mine.status, slotId: mine.slotId, appointmentId: mine.appointmentId, externalId: mine.externalId }
      : null,
    his: there ? { status: there.status, externalId: there.externalId } : null,
    difference: marked?.kind ?? written?.kind ?? null,
    driftId: written?.id ?? null,
  };
}

const isSame = (a: string | null | undefined, b: string | null | undefined): boolean =>
  a !== null && a !== undefined && a === b;
