/** Messages that cannot be processed: kept, shown, replayed, or going on by themselves; and none of them holds up another. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { Call, Notice, ReceivedMessage } from '../../src/adapter-kit/index.ts';
import { dismissMessage, replayMessage } from '../../src/commands/messages.ts';
import { mapCode } from '../../src/commands/unmapped-codes.ts';
import type { Caller } from '../../src/domain/index.ts';
import { Applier } from '../../src/inbound/applier.ts';
import { maskedSegments } from '../../src/inbound/masked-message.ts';
import { forgetMessages } from '../../src/ledger/forget-messages.ts';
import { keepMessages } from '../../src/ledger/received-message.ts';
import { listUnmappedCodes } from '../../src/queries/mappings.ts';
import { listMessages, readMessage } from '../../src/queries/messages.ts';
import { createClinic } from '../support/clinic.ts';
import { Sender, startInbound, type Inbound } from '../support/inbound.ts';
import { insertPatient } from '../support/keys.ts';
import { MappingBench } from '../support/mapping-bench.ts';
import { scriptedHis, silent } from '../support/scripted-his.ts';
import { thrown } from '../support/thrown.ts';

let inbound: Inbound;
let sender: Sender;
let connectionId: string;
let caller: Caller;
const NAME = 'HELD';
beforeAll(async () => {
  inbound = await startInbound();
  const hospital = await inbound.addHospital(NAME);
  ({ connectionId } = hospital);
  caller = {
    organizationId: hospital.organizationId,
    clientId: 'support-1',
    role: 'support',
    scope: [],
  } as unknown as Caller;
  sender = new Sender(inbound.listener.port);
  for (
    const deadline = Date.now() + 10_000;
    (await sender.send(message('A01', 'KNOWN'))).code !== 'AA';
    await delay(50)
  ) {
    if (Date.now() > deadline) throw new Error('the listener does not know the hospital');
  }
});
afterAll(async () => {
  sender.close();
  await inbound.stop();
});

const message = (trigger: string, id: string, ...segments: readonly string[]): string =>
  [
    `MSH|^~\\&|${NAME}|${NAME}|TESSERA|TESSERA|20270301090000+0000||${trigger.startsWith('S') ? 'SIU' : 'ADT'}^${trigger}|${id}|P|2.5.1`,
    ...segments,
  ].join('\r');

const open = (id: string, hour: string, provider = '17'): string =>
  message(
    'S24',
    id,
    `SCH||${id}|||||||30|min|^^30^20270308${hour}0000+0000`,
    'RGS|1|A',
    `AIP|1|A|${provider}^Gray^Ann`,
    'AIL|1|A|AMB1',
  );

const held = async () => (await listMessages(inbound.database.db, caller, { state: 'held' }, { limit: 50 })).items;
const stateOf = async (id: unknown) => (await readMessage(inbound.database.db, caller, String(id)))['state'];

test('a message that cannot be used is kept and shown, masked, and the next one is applied', async () => {
  const pid = 'PID|1||4711^^^HIS^MR||Secretname^Erika||19800101|F|||Hauptstr. 17';
  expect((await sender.send(message('S12', 'NO-SCH', pid))).code).toBe('AE');
  expect((await sender.send(message('A37', 'UNLINK', pid, 'PID|2||4712'))).code).toBe('AA');
  expect((await sender.send(open('NEXT', '09'))).code).toBe('AA');
  await inbound.applied();
  const slots = await inbound.database.db.query('select 1 from slot where connection_id = $1', [connectionId]);
  expect(slots.rowCount).toBe(1);
  expect(await held()).toMatchObject([
    { controlId: 'UNLINK', kind: 'ADT^A37', state: 'held', code: 'merge-undone', tries: 1 },
    { controlId: 'NO-SCH', kind: 'SIU^S12', state: 'held', code: 'segment-missing', tries: 1 },
  ]);
  const [unlink] = await held();
  const shown = await maskedSegments(inbound.database.db, inbound.seal, String(unlink?.['id']));
  expect(shown).toEqual([
    expect.stringContaining('ADT^A37|UNLINK'),
    expect.stringMatching(/^PID\|1\|\|0000\^\^\^xxx\^xx\|\|xxxxxxxxxx\^xxxxx\|\|0{8}\|x/),
    'PID|2||0000',
  ]);
  expect(JSON.stringify([await held(), inbound.logged])).not.toMatch(/Secretname|Erika|Hauptstr/);
  const events = await inbound.database.db.query<{ type: string }>(
    `select type from event where connection_id = $1 and type like 'message.%' order by sequence`,
    [connectionId],
  );
  expect(events.rows.map(({ type }) => type)).toEqual(['message.held', 'message.held']);
});

test('the same message again gets the answer that it got, and is held once', async () => {
  const before = (await held()).length;
  expect((await sender.send(message('S12', 'TWICE', 'PID|1||1'))).code).toBe('AE');
  expect((await sender.send(message('S12', 'TWICE', 'PID|1||1'))).code).toBe('AE');
  expect(await held()).toHaveLength(before + 1);
});

test('replayed it is tried anew, and held again while its cause lasts; dismissed it waits for nobody', async () => {
  const [first] = await held();
  const id = String(first?.['id']);
  await replayMessage(inbound.database.db, caller, id);
  await inbound.applied();
  expect(await readMessage(inbound.database.db, caller, id)).toMatchObject({ state: 'held', tries: 2 });
  await dismissMessage(inbound.database.db, caller, id);
  expect(await stateOf(id)).toBe('dismissed');
  const applied = await listMessages(
    inbound.database.db,
    caller,
    { state: 'applied', controlId: 'NEXT' },
    { limit: 5 },
  );
  expect(applied.items).toHaveLength(1);
  const refusal = await thrown(replayMessage(inbound.database.db, caller, String(applied.items[0]?.['id'])));
  expect(refusal).toMatchObject({ code: 'state-conflict' });
  const stranger = { ...caller, organizationId: randomUUID() };
  expect(await thrown(readMessage(inbound.database.db, stranger, id))).toMatchObject({ code: 'not-found' });
});

test('a message that the database does not take is found among many, and held alone', async () => {
  // Its time is beyond what the database knows.
  const beyond = open('BEYOND', '10')
    .replace('20270308100000+0000', '99991231235959-1400')
    .replace('|30|min|', '|99999|hour|');
  const codes = await Promise.all(
    [beyond, open('B1', '11'), open('B2', '12')].map(async (text) => {
      const own = new Sender(inbound.listener.port);
      const { code } = await own.send(text);
      own.close();
      return code;
    }),
  );
  expect(codes).toEqual(['AA', 'AA', 'AA']);
  await inbound.applied();
  const slots = await inbound.database.db.query(
    `select 1 from slot where connection_id = $1 and start_at > '2027-03-08T10:30Z' and start_at < '2028-01-01'`,
    [connectionId],
  );
  expect(slots.rowCount).toBe(2);
});

test('a message with a code that nobody has mapped goes on by itself once it is mapped', async () => {
  const { db } = inbound.database;
  const clinic = await createClinic(db);
  const his = await clinic.addConnection('his');
  const ledger = {
    db,
    seal: inbound.seal,
    keys: inbound.feeding.keys,
    queue: { send: () => Promise.resolve(), begin: () => {}, work: () => {}, stop: () => Promise.resolve() },
  };
  const bench = new MappingBench(ledger);
  const receive = (call: Call, bytes: Uint8Array): Promise<ReceivedMessage> =>
    Promise.resolve({
      messageId: Buffer.from(bytes).toString(),
      kind: 'visit',
      get notices(): readonly Notice[] {
        const kind = Buffer.from(bytes).toString();
        call.map('visit', { key: 'k', kind });
        return [
          {
            kind: 'location',
            at: '2027-03-01T09:00:00Z',
            location: { externalId: `L-${kind}`, name: `Place ${kind}` },
          },
        ];
      },
      acknowledge: () => undefined,
    });
  const none = (): Promise<never> => Promise.reject(new Error('not asked for here'));
  const scripted = scriptedHis(
    ledger,
    ['ReceivesNotices'],
    { book: none, cancel: none, lookup: none, receive },
    bench.sources,
  );
  const applier = new Applier({ ledger, connections: scripted.connections, log: silent });
  const engineer = clinic.caller('engineer');
  const placesOf = async () =>
    (
      await db.query<{ name: string }>('select name from location where connection_id = $1 order by name', [his])
    ).rows.map(({ name }) => name);
  try {
    const sent = ['A', 'C', 'B'].map((text) => ({
      organizationId: clinic.organizationId,
      connectionId: his,
      messageId: text,
      kind: 'visit',
      body: Buffer.from(text),
      answer: undefined,
    }));
    await keepMessages(db, inbound.seal, sent);
    applier.wake(his);
    await inbound.applied();
    expect(await placesOf()).toEqual(['Place A', 'Place B']);
    const [code] = (await listUnmappedCodes(db, engineer, his, { limit: 5 })).items;
    expect(code).toMatchObject({ code: 'C', table: 'codes/kinds.csv' });
    const [waiting] = (await listMessages(db, engineer, { state: 'held' }, { limit: 5 })).items;
    expect(waiting).toMatchObject({ controlId: 'C', code: 'unmapped-code', unmappedCodeId: code?.['id'] });
    expect(
      await mapCode({ ...bench.parts, queue: ledger.queue }, engineer, String(code?.['id']), 'telemedicine'),
    ).toMatchObject({ resumed: 1 });
    await inbound.applied();
    expect(await placesOf()).toEqual(['Place A', 'Place B', 'Place C']);
    expect(await readMessage(db, engineer, String(waiting?.['id']))).toMatchObject({
      state: 'applied',
      settledBy: 'hub',
    });
  } finally {
    await applier.stop();
    await bench.close();
    await scripted.connections.close();
  }
  // What maps a code tries it out in a process of lower priority.
}, 120_000);

test('messages and what they say of times that are over are deleted when they are old; what is held, waits, lies ahead, or names a patient under a legal hold is not', async () => {
  const { db } = inbound.database;
  const { organizationId, connectionId: old } = await inbound.addHospital(`OLD-${randomUUID()}`);
  const days = (count: number): string => new Date(Date.now() - count * 86_400_000).toISOString();
  const add = async (messageId: string, ageDays: number): Promise<string> => {
    const [kept] = await keepMessages(db, inbound.seal, [
      {
        organizationId,
        connectionId: old,
        messageId,
        kind: 'x',
        body: Buffer.from(messageId),
        answer: undefined,
        fault: { code: 'x', detail: 'x' },
      },
    ]);
    if (kept?.kind !== 'new') throw new Error('it was not kept');
    await db.query('update received_message set received_at = $2 where id = $1', [kept.id, days(ageDays)]);
    return kept.id;
  };
  const tell = (id: string, subject: string, event: string, ageDays: number, endsInDays: number | null) =>
    db.query(
      `insert into notice (id, received_message_id, connection_id, kind, external_id, event, event_at, start_at, end_at, applied, received_at)
       values ($1, $2, $3, 'appointment', $4, $5, $6, $7::timestamptz - interval '30 minutes', $7, true, $6)`,
      [uuidv7(), id, old, subject, event, days(ageDays), endsInDays === null ? null : days(-endsInDays)],
    );
  const over = await add('over', 40);
  const stillHeld = await add('held', 40);
  const recent = await add('recent', 20);
  await db.query(
    `update held_message set state = 'dismissed', settled_at = now() where received_message_id = any($1)`,
    [[over, recent]],
  );
  await tell(over, 'PAST', 'booked', 40, -35);
  await tell(over, 'AHEAD', 'booked', 40, 100);
  await tell(over, 'AHEAD', 'cancelled', 39, null);
  const claimed = await add('claimed', 40);
  await tell(claimed, 'CLAIMED', 'booked', 40, -35);
  const patientId = await insertPatient(db, organizationId);
  await db.query('update notice set patient_id = $2 where external_id = $1', ['CLAIMED', patientId]);
  await db.query(`update patient set legal_hold = '\\x00' where id = $1`, [patientId]);
  await db.query(
    `update held_message set state = 'dismissed', settled_at = now() where received_message_id = any($1)`,
    [[claimed]],
  );
  expect(await forgetMessages(db)).toBe(1);
  const left = await db.query<{ id: string }>('select id from received_message where connection_id = $1 order by id', [
    old,
  ]);
  expect(left.rows.map(({ id }) => id)).toEqual([stillHeld, recent, claimed]);
  const notices = await db.query(
    'select external_id, event from notice where connection_id = $1 order by event, external_id',
    [old],
  );
  expect(notices.rows).toEqual([
    { external_id: 'AHEAD', event: 'booked' },
    { external_id: 'CLAIMED', event: 'booked' },
    { external_id: 'AHEAD', event: 'cancelled' },
  ]);
  await db.query('update patient set legal_hold = null where id = $1', [patientId]);
  expect(await forgetMessages(db)).toBe(1);
});
