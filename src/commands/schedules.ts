/** The schedule of a provider on a hub-managed connection: rules, and exceptions from them. */
import type { Caller, Schedule } from '../domain/index.ts';
import type { Database } from '../db/database.ts';
import { FieldErrors } from './field-errors.ts';
import { addWorkplaces, findSites, lockHubProvider, type Site } from './hub-managed.ts';
import { overlap, wallMinutes, windowsOf, type Interval } from './schedule-intervals.ts';
import { materialiseSchedule, seatsOf, windowFromNow } from './schedule-materialise.ts';
import { parseRecurrence } from './schedule-recurrence.ts';
import { checkVersion } from './stale-version.ts';

const DAY_MS = 86_400_000;
/** How far rules are compared: half a year shows the overlap of any weekly and monthly pattern. */
const COMPARED_DAYS = 182;
/** Rows of `slot` that one schedule may give: 90 days of 24 hours of 15 minutes, with room to spare. */
const SEATS_MAX = 20_000;

/**
 * Replaces the schedule, and makes the slots of the next 90 days anew; booked and held slots stay.
 * Errors: not-found, forbidden, managed-by-his, stale-version, validation.
 */
export async function updateSchedule(
  db: Database,
  caller: Caller,
  providerId: string,
  schedule: Schedule,
  expectedVersion?: number,
): Promise<void> {
  await db.transaction(async (tx) => {
    const provider = await lockHubProvider(tx, caller, providerId);
    checkVersion(provider.version, expectedVersion);
    const locationIds = schedule.rules.map((rule) => rule.locationId);
    check(schedule, await findSites(tx, caller, locationIds), provider.connectionId);
    await tx.query('update provider set schedule = $3, version = version + 1 where id = $1 and organization_id = $2', [
      providerId,
      caller.organizationId,
      JSON.stringify(schedule),
    ]);
    await addWorkplaces(tx, providerId, [...new Set(locationIds)]);
    await materialiseSchedule(tx, providerId, windowFromNow());
  });
}

function check(schedule: Schedule, sites: ReadonlyMap<string, Site>, connectionId: string): void {
  const errors = new FieldErrors();
  for (const [index, rule] of schedule.rules.entries()) {
    const pointer = `/rules/${index}`;
    if (sites.get(rule.locationId)?.connectionId !== connectionId) {
      errors.add(`${pointer}/locationId`, "expected the id of a location of the provider's connection");
    }
    const minutes = wallMinutes(rule.end) - wallMinutes(rule.start);
    if (minutes <= 0) errors.add(`${pointer}/end`, 'expected a time of day after "start"');
    else if (minutes < rule.slotMinutes)
      errors.add(`${pointer}/slotMinutes`, 'expected at least one slot to fit between "start" and "end"');
    try {
      parseRecurrence(rule.rrule);
    } catch (error) {
      errors.add(`${pointer}/rrule`, error instanceof Error ? error.message : 'expected an RFC 5545 recurrence');
    }
  }
  for (const [index, { from, to }] of schedule.exceptions.entries()) {
    if (Date.parse(from) >= Date.parse(to)) errors.add(`/exceptions/${index}/to`, 'expected a time after "from"');
  }
  errors.check();
  const zones = new Map([...sites].map(([id, site]) => [id, site.timeZone]));
  checkOverlaps(schedule, zones, errors);
  if (seatsOf(schedule, zones, windowFromNow()).length > SEATS_MAX) {
    errors.add(
      '/rules',
      `expected at most ${SEATS_MAX} bookable seats in 90 days: make slots longer, or capacities smaller`,
    );
  }
  errors.check();
}

function checkOverlaps(schedule: Schedule, zones: ReadonlyMap<string, string>, errors: FieldErrors): void {
  const now = Date.now();
  const within = { start: now, end: now + COMPARED_DAYS * DAY_MS };
  const windows = schedule.rules
    .flatMap((rule, index) =>
      windowsOf(rule, zones.get(rule.locationId) ?? 'UTC', within).map((window) => ({ ...window, index })),
    )
    .toSorted((a, b) => a.start - b.start);
  const seen = new Set<string>();
  let longest: (Interval & { readonly index: number }) | undefined;
  for (const window of windows) {
    if (longest && longest.index !== window.index && overlap(longest, window)) {
      const [first, second] = [longest.index, window.index].toSorted((a, b) => a - b);
      const key = `${first} ${second}`;
      if (!seen.has(key))
        errors.add(
          `/rules/${second}`,
          `overlaps rule ${first}, from ${new Date(window.start).toISOString()} on: a provider is in one place at a time`,
        );
      seen.add(key);
    }
    if (!longest || window.end > longest.end) longest = window;
  }
}
