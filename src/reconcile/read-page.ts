/** One page of what is due to be read of a HIS. */
import type { Connection } from '../connections/connection.ts';
import { pollPlan } from '../domain/index.ts';
import {
  advanceBand,
  DIRECTORY,
  dueBand,
  keepBands,
  postponeBand,
  type DueBand,
  type PollLease,
} from '../ledger/poll.ts';
import { askAboutContested } from '../ledger/look-again.ts';
import { writing } from './hold-lease.ts';
import { NotRead, readDirectory, readSlots, type ReadingParts } from './read-his.ts';
import { writeSlots } from './write-slots.ts';

const DAY_MS = 86_400_000;

/** Reads what is most due of a leased connection, and says what it was; undefined: nothing is. What fails is tried again later. */
export async function readDuePage(
  parts: ReadingParts,
  lease: PollLease,
  connection: Connection,
): Promise<DueBand | undefined> {
  const { db, log } = parts;
  const { row } = connection;
  const plan = pollPlan(row.policy);
  await keepBands(db, row.id, plan, connection.connector.findSlots !== undefined);
  const band = await dueBand(db, row.id, plan);
  if (!band) return undefined;
  const everyMs =
    band.untilDays === DIRECTORY
      ? plan.directoryMs
      : (plan.bands.find((each) => each.untilDays === band.untilDays)?.everyMs ?? plan.directoryMs);
  const pauseMs = (exchanges: number): number => (exchanges * 1_000) / (row.policy.callsPerSecond * plan.rateShare);
  if (connection.breakerOpen || isInMaintenance(row.policy, Date.parse(band.now))) {
    await postponeBand(db, row.id, band, everyMs);
    return band;
  }
  try {
    if (band.untilDays === DIRECTORY) {
      const { exchanges } = await readDirectory(parts, connection);
      await writing(db, lease, (tx) =>
        advanceBand(tx, row.id, band, band.to, { everyMs, pauseMs: pauseMs(exchanges) }),
      );
      return band;
    }
    const to = new Date(Math.min(Date.parse(band.from) + plan.pageDays * DAY_MS, Date.parse(band.to))).toISOString();
    const window = { from: band.from, to };
    const reading = await readSlots(parts, connection, window);
    const { shift } = await writing(db, lease, async (tx) => {
      const written = await writeSlots(tx, connection, window, { ...reading, begunAt: band.now });
      await askAboutContested(tx, row.id, written.contested, band.now);
      await advanceBand(tx, row.id, band, to, { everyMs, pauseMs: pauseMs(reading.exchanges) });
      return written;
    });
    if (shift)
      log.error(
        { connectionId: row.id, code: shift.cause, byMinutes: shift.byMinutes, slots: shift.count },
        'what the HIS offers is off as a whole: nothing of it was taken over; see GET /v1/drift',
      );
  } catch (error) {
    if (!(error instanceof NotRead)) throw error;
    log.warn({ connectionId: row.id, code: error.reason }, 'the HIS could not be read; tried again by itself');
    await postponeBand(db, row.id, band, everyMs);
  }
  return band;
}

export const isInMaintenance = ({ maintenance = [] }: Connection['row']['policy'], nowMs: number): boolean =>
  maintenance.some(({ from, to }) => nowMs >= Date.parse(from) && nowMs < Date.parse(to));
