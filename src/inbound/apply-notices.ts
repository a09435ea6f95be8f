/** Writes the notices of one message and what follows from them, inside the caller's database transaction. */
import type { FoundSlot, Notice } from '../adapter-kit/index.ts';
import { keepLocations, keepProviders, type At } from '../connections/keep-directory.ts';
import { mirrorSlots, tellChangedSlots } from '../connections/mirror-slots.ts';
import type { Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { askAboutAppointment } from '../ledger/look-again.ts';
import {
  patientNamed,
  takeTurns,
  timeHeardBefore,
  wakeUnknown,
  writeNotice,
  type NewNotice,
} from '../ledger/notices.ts';
import { closeTime, reopenTime } from './provider-time.ts';

export interface Place extends At {
  /** Of the received message. */
  readonly id: string;
}

/** Returns how many transactions were woken to be looked up. */
export async function applyNotices(tx: Sql, queue: Queue, place: Place, notices: readonly Notice[]): Promise<number> {
  await takeTurns(tx, place.connectionId, notices.flatMap(namesIn));
  let woken = 0;
  for (const notice of notices) {
    if ('mentioned' in notice && notice.mentioned) {
      await keepDirectory(tx, place, notice, 'if-new');
      continue;
    }
    const heard = await noticeRow(tx, place, notice);
    const { id, applied } = await writeNotice(tx, place, heard);
    if (applied) await apply(tx, place, notice, id);
    if (notice.kind === 'appointment') woken += await wakeUnknown(tx, queue, place.connectionId, heard);
  }
  return woken;
}

/** What must not be told about by two messages at once. */
function namesIn(notice: Notice): string[] {
  switch (notice.kind) {
    case 'location':
      return notice.mentioned ? [] : [`location/${notice.location.externalId}`];
    case 'provider':
      return notice.mentioned ? [] : [`provider/${notice.provider.externalId}`];
    case 'slot':
      return [`time/${(notice.status === 'free' ? notice.slot : notice.time).providerExternalId}`];
    case 'appointment': {
      const time = notice.time ? [`time/${notice.time.providerExternalId}`] : [];
      return [`appointment/${notice.externalId}`, ...time];
    }
    case 'answer':
      return [];
    default:
      return notice satisfies never;
  }
}

async function noticeRow(tx: Sql, place: Place, notice: Notice): Promise<NewNotice> {
  const { kind, at } = notice;
  switch (kind) {
    case 'location':
      return { kind, at, externalId: notice.location.externalId, event: 'told' };
    case 'provider':
      return { kind, at, externalId: notice.provider.externalId, event: 'told' };
    case 'slot':
      return notice.status === 'free'
        ? { kind, at, externalId: notice.slot.externalId, event: 'free', time: notice.slot }
        : { kind, at, externalId: notice.externalId, event: 'busy', time: notice.time };
    case 'appointment': {
      const { externalId, event, transactionId, patientExternalId, time } = notice;
      const patientId = patientExternalId === undefined ? undefined : await patientNamed(tx, place, patientExternalId);
      return { kind, at, externalId, event, transactionId, patientId, time };
    }
    case 'answer':
      return { kind, at, externalId: notice.answers, event: 'refused', details: { ...notice.refusal } };
    default:
      return notice satisfies never;
  }
}

async function apply(tx: Sql, place: Place, notice: Notice, noticeId: string): Promise<void> {
  switch (notice.kind) {
    case 'location':
    case 'provider':
      return keepDirectory(tx, place, notice, 'as-told');
    case 'slot':
      if (notice.status === 'free') return openSlot(tx, place, notice.slot);
      return closeTime(tx, place, notice.time, notice.at);
    case 'appointment':
      return applyAppointment(tx, place, notice, noticeId);
    case 'answer':
      return;
    default:
      return notice satisfies never;
  }
}

/** Nothing newer is known: the notice counts. */
async function openSlot(tx: Sql, place: Place, slot: FoundSlot): Promise<void> {
  const offered = { begunAt: 'infinity', offered: [slot], vanished: [] };
  const changed = await mirrorSlots(tx, place, offered);
  if (changed.some(({ isNew }) => isNew) && (await isFirstFilling(tx, place.connectionId))) return;
  await tellChangedSlots(tx, place, changed);
}

/** What a HIS tells when it is heard for the first time are thousands of slots, and no change. */
async function isFirstFilling(tx: Sql, connectionId: string): Promise<boolean> {
  const long = await tx.query(
    `select 1 from received_message where connection_id = $1 and received_at < now() - interval '10 minutes' limit 1`,
    [connectionId],
  );
  return long.rowCount === 0;
}

async function keepDirectory(
  tx: Sql,
  place: Place,
  notice: Extract<Notice, { kind: 'location' | 'provider' }>,
  keeping: 'as-told' | 'if-new',
): Promise<void> {
  if (notice.kind === 'location') await keepLocations(tx, place, [notice.location], keeping);
  else await keepProviders(tx, place, [notice.provider], keeping);
}

/** What the appointment took before is given back, what it takes now is taken. */
async function applyAppointment(
  tx: Sql,
  place: Place,
  { externalId, event, time, at }: Extract<Notice, { kind: 'appointment' }>,
  noticeId: string,
): Promise<void> {
  const before = await timeHeardBefore(tx, place.connectionId, externalId, noticeId);
  const left = event === 'cancelled' ? (time ?? before) : before;
  const isThere = event !== 'cancelled' && time !== undefined;
  if (left !== undefined && (event === 'cancelled' || (isThere && !isSameTime(left, time)))) {
    await reopenTime(tx, place, left, at);
  }
  if (isThere) await closeTime(tx, place, time, at);
  // Of one of the hub's own the feed is compared: what it told since decides.
  if (event === 'cancelled' || event === 'moved') await askAboutAppointment(tx, place.connectionId, externalId);
}

type Time = NonNullable<NewNotice['time']>;

const isSameTime = (one: Time, other: Time): boolean =>
  one.providerExternalId === other.providerExternalId && Date.parse(one.start) === Date.parse(other.start);
