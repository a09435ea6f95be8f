/** Writes the notices of some messages and what follows from them, in few statements, inside the caller's database transaction. */
import type { FoundSlot, Notice } from '../adapter-kit/index.ts';
import { keepLocations, keepProviders, type At } from '../connections/keep-directory.ts';
import { mirrorSlots, tellChangedSlots, type ChangedSlot } from '../connections/mirror-slots.ts';
import type { Sql } from '../db/database.ts';
import { newId } from '../db/new-id.ts';
import { concernsOurs, patientsNamed, wakeUnknown, writeNotices, type NewNotice } from '../ledger/notices.ts';
import { HIS_KEY } from '../ledger/patient-systems.ts';
import type { BlindIndex } from '../ledger/blind-index.ts';
import type { Ledger } from '../ledger/settle.ts';
import { askReconciliation } from '../ledger/reconciliation-run.ts';
import { keepPeople, type ToldOfPeople } from './keep-people.ts';
import { settleSlots } from './settle-slots.ts';

/** What one message says. */
export interface Said {
  /** Of the received message. */
  readonly id: string;
  readonly notices: readonly Notice[];
}

/** Who asks for a comparison of appointments, in its run. */
const FEED = 'feed';

/**
 * In the order given, which decides between two of the same moment. One database transaction at a time for each connection.
 * Returns how many transactions were woken to be looked up.
 */
export async function applyNotices(
  tx: Sql,
  { queue, keys }: Pick<Ledger, 'queue' | 'keys'>,
  at: At,
  said: readonly Said[],
): Promise<number> {
  const told = said.flatMap(({ id, notices }) => notices.map((notice) => ({ messageId: id, id: newId(), notice })));
  for (const { notice } of told) if (isMention(notice)) await keepDirectory(tx, at, notice, 'if-new');
  const heard = told.filter(({ notice }) => !isMention(notice));
  const index = await keys.indexOf(at.organizationId);
  const patients = await patientsNamed(
    tx,
    keys,
    at,
    heard.flatMap(({ notice }) => keysIn(notice)),
  );
  const rows = heard.map(({ id, messageId, notice }) => ({ id, messageId, ...rowOf(notice, patients, index) }));
  const applied = await writeNotices(tx, at.connectionId, rows);
  const news = heard.filter(({ id }) => applied.has(id)).map(({ notice }) => notice);

  const people: ToldOfPeople[] = [];
  for (const notice of news) {
    if (notice.kind === 'location' || notice.kind === 'provider') await keepDirectory(tx, at, notice, 'as-told');
    if (notice.kind === 'patient' || notice.kind === 'merge') people.push(notice);
  }
  const offered = news.flatMap((notice) => (notice.kind === 'slot' && notice.status === 'free' ? [notice] : []));
  // What counts is newer than all that is known, whatever the clocks say.
  const opened = await mirrorSlots(tx, at, { begunAt: 'infinity', offered: newestOf(offered), vanished: [] });
  const settled = await settleSlots(tx, at, touchedBy(heard.map(({ notice }) => notice)));
  await tellChangedSlots(tx, at, await changesOf(tx, at, opened, settled));
  await keepPeople(tx, keys, at, people);

  const appointments = rows.filter(({ kind }) => kind === 'appointment');
  const newest = appointments.filter(({ id }) => applied.has(id));
  if (await concernsOurs(tx, at.connectionId, newest)) await askReconciliation(tx, at.connectionId, FEED);
  return wakeUnknown(tx, queue, at.connectionId, appointments);
}

/** Each slot as it is in the end. What a HIS tells when it is heard for the first time are thousands of slots, and no change. */
async function changesOf(
  tx: Sql,
  at: At,
  opened: readonly ChangedSlot[],
  settled: readonly ChangedSlot[],
): Promise<readonly ChangedSlot[]> {
  const isFilling = opened.some(({ isNew }) => isNew) && (await isFirstFilling(tx, at.connectionId));
  const told = opened.filter(({ isNew }) => !(isNew && isFilling));
  const last = new Map([...told, ...settled].map((slot) => [slot.slotId, slot]));
  return [...last.values()];
}

async function isFirstFilling(tx: Sql, connectionId: string): Promise<boolean> {
  const long = await tx.query(
    `select 1 from received_message where connection_id = $1 and received_at < now() - interval '10 minutes' limit 1`,
    [connectionId],
  );
  return long.rowCount === 0;
}

type Mention = Extract<Notice, { kind: 'location' | 'provider' }>;

const isMention = (notice: Notice): notice is Mention =>
  (notice.kind === 'location' || notice.kind === 'provider') && notice.mentioned === true;

/** The keys by which a notice names patients. */
function keysIn(notice: Notice): readonly string[] {
  if (notice.kind === 'appointment') return notice.patientExternalId === undefined ? [] : [notice.patientExternalId];
  return notice.kind === 'patient' ? notice.keys : [];
}

/** What a HIS calls its patients is kept as a hash: most of those that it tells of are nobody's here. */
function rowOf(
  notice: Notice,
  patients: ReadonlyMap<string, string>,
  index: BlindIndex,
): Omit<NewNotice, 'id' | 'messageId'> {
  const hashed = (key: string): string => index.identifier(HIS_KEY, key);
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
      const patientId = patientExternalId === undefined ? undefined : patients.get(patientExternalId);
      return { kind, at, externalId, event, transactionId, patientId, time };
    }
    case 'patient': {
      const patientId = notice.keys.flatMap((key) => patients.get(key) ?? [])[0];
      // Told under one key and then under another, it is the same patient: what is newer counts.
      return { kind, at, externalId: patientId ?? hashed(notice.keys[0] ?? ''), event: notice.event, patientId };
    }
    case 'merge':
      return {
        kind,
        at,
        externalId: hashed(notice.retired),
        event: 'merged',
        details: { survivor: notice.survivor.map(hashed) },
      };
    case 'answer':
      return { kind, at, externalId: notice.answers, event: 'refused', details: { ...notice.refusal } };
    default:
      return notice satisfies never;
  }
}

async function keepDirectory(tx: Sql, at: At, notice: Mention, keeping: 'as-told' | 'if-new'): Promise<void> {
  if (notice.kind === 'location') await keepLocations(tx, at, [notice.location], keeping);
  else await keepProviders(tx, at, [notice.provider], keeping);
}

/** A slot that was told twice is as it was told last. */
function newestOf(offered: readonly { readonly at: string; readonly slot: FoundSlot }[]): readonly FoundSlot[] {
  const ordered = offered.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return [...new Map(ordered.map(({ slot }) => [slot.externalId, slot])).values()];
}

/** Also by what came too late: it may say when an appointment is whose change was told before it, without a time. */
function touchedBy(notices: readonly Notice[]) {
  return {
    appointments: notices.flatMap((notice) => (notice.kind === 'appointment' ? [notice.externalId] : [])),
    slots: notices.flatMap((notice) => {
      if (notice.kind !== 'slot') return [];
      return [notice.status === 'free' ? notice.slot.externalId : notice.externalId];
    }),
  };
}
