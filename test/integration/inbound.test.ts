/** What a hospital tells by itself, from the socket to the database: kept once, applied in the HIS's order, answered after the commit. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openFeed } from '../../src/ledger/notices-feed.ts';
import { Sender, startInbound, type Inbound } from '../support/inbound.ts';
import { insertPatient } from '../support/keys.ts';

let inbound: Inbound;
/** Made beforehand: the listener learns of a new connection within a second. */
const hospitals: { readonly connectionId: string; readonly organizationId: string; readonly name: string }[] = [];
const senders: Sender[] = [];
beforeAll(async () => {
  inbound = await startInbound();
  for (let nth = 1; nth <= 40; nth += 1) {
    const name = `HIS${nth}`;
    hospitals.push({ name, ...(await inbound.addHospital(name)) });
  }
  const { name, sender } = hospital();
  await until(async () => (await sender.send(siu(name, { trigger: 'S24', id: 'KNOWN' }))).code === 'AA');
});
afterAll(async () => {
  for (const sender of senders) sender.close();
  await inbound.stop();
});

/** A hospital of its own for each test, and a connection from it. */
function hospital() {
  const next = hospitals.pop();
  if (!next) throw new Error('make more hospitals beforehand');
  return { ...next, sender: newSender() };
}

function newSender(): Sender {
  const sender = new Sender(inbound.listener.port);
  senders.push(sender);
  return sender;
}

interface Said {
  readonly trigger: string;
  readonly id: string;
  /** Minutes after nine when it was said. */
  readonly at?: number;
  /** The appointment or block. */
  readonly key?: string;
  /** Hour of the day in Berlin, of 8 March 2027. */
  readonly hour?: number;
  readonly minutes?: number;
  readonly provider?: string;
  readonly placer?: string;
  readonly patient?: string;
}

const pad = (count: number): string => String(count).padStart(2, '0');

function siu(
  name: string,
  { trigger, id, at = 0, key = 'A1', hour = 10, minutes = 30, provider = '17', placer = '', patient }: Said,
): string {
  return [
    `MSH|^~\\&|${name}|${name}|TESSERA|TESSERA|2027030109${pad(at)}00+0000||SIU^${trigger}^SIU_S12|${id}|P|2.5.1`,
    `SCH|${placer}|${key}|||||||${minutes}|min|^^${minutes}^20270308${pad(hour)}0000`,
    ...(patient ? [`PID|1||${patient}^^^TESSERA^PI||Secretname^Erika||19800101`] : []),
    'RGS|1|A',
    'AIS|1|A|OFFICE',
    `AIP|1|A|${provider}^Müller^Jörg`,
    'AIL|1|A|AMB1^^^HIS',
  ].join('\r');
}

const slotsOf = async (connectionId: string): Promise<string[]> => {
  await inbound.applied();
  const found = await inbound.database.db.query<{ start_at: string; status: string }>(
    'select start_at, status from slot where connection_id = $1 order by start_at',
    [connectionId],
  );
  return found.rows.map(({ start_at, status }) => `${start_at.slice(11, 16)} ${status}`);
};

const countOf = async (table: 'received_message' | 'notice', connectionId: string): Promise<number> => {
  if (table === 'notice') await inbound.applied();
  const found = await inbound.database.db.query<{ count: number }>(
    `select count(*) from ${table} where connection_id = $1`,
    [connectionId],
  );
  return found.rows[0]?.count ?? -1;
};

const backendsThatWait = async (): Promise<number> => {
  const found = await inbound.database.db.query<{ count: number }>(
    `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return found.rows[0]?.count ?? 0;
};

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await isSo()); await delay(10)) {
    if (Date.now() > deadline) throw new Error('it did not come to be');
  }
}

test('open time becomes a slot with provider and place, within 2 s of the acknowledgement', async () => {
  const { sender, name, connectionId } = hospital();
  expect((await sender.send(siu(name, { trigger: 'S24', id: 'M1' }))).code).toBe('AA');
  const acknowledgedAt = performance.now();
  await inbound.applied();
  expect(performance.now() - acknowledgedAt).toBeLessThan(2_000);
  const found = await inbound.database.db.query(
    `select s.status, s.start_at, s.end_at, s.external_id, p.family, l.name, l.time_zone, s.details from slot s
     join provider p on p.id = s.provider_id join location l on l.id = s.location_id where s.connection_id = $1`,
    [connectionId],
  );
  expect(found.rows).toEqual([
    {
      status: 'free',
      start_at: '2027-03-08T09:00:00.000Z',
      end_at: '2027-03-08T09:30:00.000Z',
      external_id: '17@20270308T090000Z',
      family: 'Müller',
      name: 'AMB1',
      time_zone: 'Europe/Berlin',
      details: { service: 'OFFICE' },
    },
  ]);
});

test('no acknowledgement before the commit', async () => {
  const { sender, name, connectionId } = hospital();
  await sender.send(siu(name, { trigger: 'S24', id: 'M1' }));
  await inbound.applied();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const holding = inbound.database.db.transaction(async (tx) => {
    await tx.query('lock table received_message in share mode');
    locked.resolve();
    await released;
  });
  await locked.promise;
  const answer = sender.send(siu(name, { trigger: 'S12', id: 'M2', at: 1 }));
  try {
    await until(async () => (await backendsThatWait()) > 0);
    expect(sender.answers).toHaveLength(1);
  } finally {
    release();
    await holding;
  }
  expect((await answer).code).toBe('AA');
  expect(await slotsOf(connectionId)).toEqual(['09:00 busy']);
});

test('what cannot be stored is rejected and leaves nothing, and is taken when it comes again', async () => {
  const { sender, name, connectionId } = hospital();
  await inbound.applied();
  await inbound.database.db.query('alter table received_message rename to received_message_away');
  const message = siu(name, { trigger: 'S24', id: 'M1' });
  try {
    expect((await sender.send(message)).code).toBe('AR');
  } finally {
    await inbound.database.db.query('alter table received_message_away rename to received_message');
  }
  expect(await countOf('received_message', connectionId)).toBe(0);
  expect((await sender.send(message)).code).toBe('AA');
  expect(await slotsOf(connectionId)).toEqual(['09:00 free']);
});

test('what was kept waits while it cannot be applied, and is applied as soon as it can', async () => {
  const { sender, name, connectionId } = hospital();
  await inbound.applied();
  await inbound.database.db.query('alter table notice rename to notice_away');
  try {
    expect((await sender.send(siu(name, { trigger: 'S24', id: 'M1' }))).code).toBe('AA');
    await until(() =>
      Promise.resolve(inbound.logged.some((line) => line.includes('could not be applied; tried again'))),
    );
  } finally {
    await inbound.database.db.query('alter table notice_away rename to notice');
  }
  expect(await slotsOf(connectionId)).toEqual(['09:00 free']);
});

test('the same message again gets the same acknowledgement, to the byte, and changes nothing', async () => {
  const { sender, name, connectionId } = hospital();
  const opened = siu(name, { trigger: 'S24', id: 'M1' });
  const first = await sender.send(opened);
  await sender.send(siu(name, { trigger: 'S12', id: 'M2' }));
  expect((await sender.send(opened)).bytes.equals(first.bytes)).toBe(true);
  expect(await slotsOf(connectionId)).toEqual(['09:00 busy']);
  expect(await countOf('received_message', connectionId)).toBe(2);
});

test('the same message on two connections at once is applied once', async () => {
  const { sender, name, connectionId } = hospital();
  const other = newSender();
  const message = siu(name, { trigger: 'S24', id: 'M1' });
  const [one, two] = await Promise.all([sender.send(message), other.send(message)]);
  expect(two.bytes.equals(one.bytes)).toBe(true);
  expect([await countOf('received_message', connectionId), await countOf('notice', connectionId)]).toEqual([1, 1]);
});

test('a key used again for another message is applied, and flagged', async () => {
  const { sender, name, connectionId } = hospital();
  await sender.send(siu(name, { trigger: 'S24', id: 'SAME' }));
  expect((await sender.send(siu(name, { trigger: 'S24', id: 'SAME', hour: 11 }))).code).toBe('AA');
  expect(await slotsOf(connectionId)).toEqual(['09:00 free', '10:00 free']);
  const found = await inbound.database.db.query(
    'select key_reused from received_message where connection_id = $1 order by received_at',
    [connectionId],
  );
  expect(found.rows).toEqual([{ key_reused: false }, { key_reused: true }]);
});

describe('out of order', () => {
  test('a change that was made before the cancellation does not revive the appointment', async () => {
    const { sender, name, connectionId } = hospital();
    await sender.send(siu(name, { trigger: 'S24', id: 'M1' }));
    await sender.send(siu(name, { trigger: 'S24', id: 'M2', hour: 11 }));
    await sender.send(siu(name, { trigger: 'S12', id: 'M3', at: 1 }));
    await sender.send(siu(name, { trigger: 'S15', id: 'M4', at: 3 }));
    expect((await sender.send(siu(name, { trigger: 'S13', id: 'M5', at: 2, hour: 11 }))).code).toBe('AA');
    expect(await slotsOf(connectionId)).toEqual(['09:00 free', '10:00 free']);
    expect(await openFeed(inbound.feeding, connectionId).aboutAppointment('A1')).toMatchObject({
      event: 'cancelled',
    });
    expect(await countOf('notice', connectionId)).toBe(5);
  });

  test('of the same second, the cancellation counts whichever comes first', async () => {
    const { sender, name, connectionId } = hospital();
    await sender.send(siu(name, { trigger: 'S15', id: 'M1', at: 1 }));
    await sender.send(siu(name, { trigger: 'S12', id: 'M2', at: 1 }));
    await inbound.applied();
    expect(await openFeed(inbound.feeding, connectionId).aboutAppointment('A1')).toMatchObject({
      event: 'cancelled',
    });
  });

  test('open time that was told before it was booked stays booked, also when the slot was never heard of', async () => {
    const { sender, name, connectionId } = hospital();
    await sender.send(siu(name, { trigger: 'S12', id: 'M1', at: 5 }));
    await sender.send(siu(name, { trigger: 'S24', id: 'M2', at: 1 }));
    expect(await slotsOf(connectionId)).toEqual(['09:00 busy']);
    await sender.send(siu(name, { trigger: 'S24', id: 'M3', at: 6 }));
    expect(await slotsOf(connectionId)).toEqual(['09:00 free']);
  });

  test('a block closes what lies within, but not what was opened after it', async () => {
    const { sender, name, connectionId } = hospital();
    await sender.send(siu(name, { trigger: 'S24', id: 'M1', hour: 10 }));
    await sender.send(siu(name, { trigger: 'S24', id: 'M2', hour: 11, at: 9 }));
    await sender.send(siu(name, { trigger: 'S24', id: 'M3', hour: 15 }));
    await sender.send(siu(name, { trigger: 'S23', id: 'M4', key: 'BLK', hour: 9, minutes: 240, at: 5 }));
    expect(await slotsOf(connectionId)).toEqual(['09:00 busy', '10:00 free', '14:00 free']);
  });
});

test('an appointment that moves frees the time it leaves and takes the one it goes to', async () => {
  const { sender, name, connectionId } = hospital();
  await sender.send(siu(name, { trigger: 'S24', id: 'M1' }));
  await sender.send(siu(name, { trigger: 'S24', id: 'M2', hour: 11 }));
  await sender.send(siu(name, { trigger: 'S12', id: 'M3', at: 1 }));
  expect(await slotsOf(connectionId)).toEqual(['09:00 busy', '10:00 free']);
  await sender.send(siu(name, { trigger: 'S13', id: 'M4', at: 2, hour: 11 }));
  expect(await slotsOf(connectionId)).toEqual(['09:00 free', '10:00 busy']);
  await sender.send(siu(name, { trigger: 'S15', id: 'M5', at: 3, hour: 11 }));
  expect(await slotsOf(connectionId)).toEqual(['09:00 free', '10:00 free']);
});

test('a slot that the hub has claimed stays claimed, whatever the hospital tells', async () => {
  const { sender, name, connectionId } = hospital();
  await sender.send(siu(name, { trigger: 'S24', id: 'M1' }));
  await inbound.applied();
  await inbound.database.db.query(`update slot set status = 'busy', claimed = true where connection_id = $1`, [
    connectionId,
  ]);
  await sender.send(siu(name, { trigger: 'S24', id: 'M2', at: 1 }));
  await sender.send(siu(name, { trigger: 'S15', id: 'M3', at: 2 }));
  expect(await slotsOf(connectionId)).toEqual(['09:00 busy']);
});

test('what is mentioned in passing does not undo what a master file told', async () => {
  const { sender, name, connectionId } = hospital();
  const file = [
    `MSH|^~\\&|${name}|${name}|TESSERA|TESSERA|20270301090000+0000||MFN^M02^MFN_M02|F1|P|2.5.1`,
    'MFI|PRA||UPD|||AL',
    'MFE|MUP|||17|CE',
    'STF|17|17|Müller^Jörg',
    'PRA|17||||Orthopedics',
  ].join('\r');
  await sender.send(file);
  await sender.send(siu(name, { trigger: 'S24', id: 'M1', at: 1 }));
  await inbound.applied();
  const found = await inbound.database.db.query(
    `select p.specialties, count(w.location_id) as places from provider p left join provider_location w on w.provider_id = p.id
     where p.connection_id = $1 group by p.id`,
    [connectionId],
  );
  expect(found.rows).toEqual([{ specialties: ['Orthopedics'], places: 1 }]);
});

describe('whose message it is', () => {
  test('is decided by MSH-3 and MSH-4: each hospital tells its own connection only', async () => {
    const [one, two] = [hospital(), hospital()];
    await one.sender.send(siu(two.name, { trigger: 'S24', id: 'M1' }));
    expect([await slotsOf(one.connectionId), await slotsOf(two.connectionId)]).toEqual([[], ['09:00 free']]);
  });

  test('a sender that nobody knows is rejected, to send it again when the connection has been made', async () => {
    const sender = newSender();
    const message = siu('LATECOMER', { trigger: 'S24', id: 'M1' });
    expect((await sender.send(message)).code).toBe('AR');
    const { connectionId } = await inbound.addHospital('LATECOMER');
    await until(async () => (await sender.send(message)).code === 'AA');
    expect(await slotsOf(connectionId)).toEqual(['09:00 free']);
  });

  test('is not changed by a connection of somebody else, made later, that claims the same sender', async () => {
    const { sender, name, connectionId } = hospital();
    // Before all others by its organization and its key, which decide nothing.
    const intruder = await inbound.addHospital(name, '00000000-0000-4000-8000-000000000000');
    const marker = await inbound.addHospital(`${name}-SENTINEL`);
    await until(async () => (await sender.send(siu(`${name}-SENTINEL`, { trigger: 'S24', id: 'S1' }))).code === 'AA');
    await sender.send(siu(name, { trigger: 'S24', id: 'M1' }));
    expect([await slotsOf(connectionId), await slotsOf(intruder.connectionId)]).toEqual([['09:00 free'], []]);
    expect(await slotsOf(marker.connectionId)).toEqual(['09:00 free']);
  });

  test.each([
    [
      'a character that cannot be stored',
      (name: string) => siu(name, { trigger: 'S24', id: 'M1', provider: '17^M\\X00\\ller' }),
    ],
    ['half of a character', (name: string) => siu(name, { trigger: 'S24', id: 'M1', provider: '17^M\\XEDA080\\ller' })],
  ])('%s in what is told holds up nobody: the message is kept and held, or the sign replaced', async (_, said) => {
    const { sender, name, connectionId } = hospital();
    expect((await sender.send(said(name))).code).toBe('AA');
    expect(
      (await sender.send(siu(name, { trigger: 'S24', id: 'M2', hour: 12, provider: '18^M\\E\\u0000ller' }))).code,
    ).toBe('AA');
    expect(await slotsOf(connectionId)).toContain('11:00 free');
  });

  test('a key with a character that cannot be stored is a key all the same', async () => {
    const { sender, name, connectionId } = hospital();
    expect((await sender.send(siu(name, { trigger: 'S24', id: 'M\u0000', key: 'A1' }))).code).toBe('AA');
    expect(await slotsOf(connectionId)).toEqual(['09:00 free']);
  });

  test('a paused connection is told nothing: its hospital keeps the message', async () => {
    const { sender, name, connectionId } = hospital();
    await inbound.database.db.query(`update connection set state = 'paused' where id = $1`, [connectionId]);
    await until(async () => (await sender.send(siu(name, { trigger: 'S24', id: 'M1' }))).code === 'AR');
    await inbound.database.db.query(`update connection set state = 'active' where id = $1`, [connectionId]);
    await until(async () => (await sender.send(siu(name, { trigger: 'S24', id: 'M1' }))).code === 'AA');
    expect(await slotsOf(connectionId)).toEqual(['09:00 free']);
  });
});

test('one sender’s broken frames do not keep another’s messages from being taken', async () => {
  const { sender, name, connectionId } = hospital();
  const broken = newSender();
  broken.raw('GET / HTTP/1.1\r\n\r\n');
  broken.raw(Buffer.from([0x0b, ...Buffer.from('MSH|^~\\&|half a mess')]));
  expect((await sender.send(siu(name, { trigger: 'S24', id: 'M1' }))).code).toBe('AA');
  // And the broken one is heard again once it sends a whole message.
  expect((await broken.send(siu(name, { trigger: 'S24', id: 'M2', hour: 11 }))).code).toBe('AA');
  expect(await slotsOf(connectionId)).toEqual(['09:00 free', '10:00 free']);
});

test('what is no message at all is rejected, and the connection goes on', async () => {
  const { sender, name } = hospital();
  expect((await sender.send('not HL7')).code).toBe('AR');
  expect((await sender.send(siu(name, { trigger: 'S24', id: 'M1' }))).code).toBe('AA');
});

test('sixteen connections at once, all about the same new people and places, lose nothing', async () => {
  const { name, connectionId } = hospital();
  const lines = Array.from({ length: 16 }, () => newSender());
  const codes = await Promise.all(
    lines.map(async (sender, nth) => {
      const answers: string[] = [];
      for (let n = 0; n < 20; n += 1) {
        const message = siu(name, {
          trigger: 'S24',
          id: `${nth}-${n}`,
          provider: String(n),
          hour: nth,
          key: `${nth}/${n}`,
        });
        answers.push((await sender.send(message)).code);
      }
      return answers;
    }),
  );
  expect(new Set(codes.flat())).toEqual(new Set(['AA']));
  expect(await slotsOf(connectionId)).toHaveLength(320);
  const found = await inbound.database.db.query<{ count: number }>(
    'select count(*) from provider where connection_id = $1',
    [connectionId],
  );
  expect(found.rows[0]?.count).toBe(20);
});

test('the message is kept sealed, and neither notices nor log name the patient', async () => {
  const { sender, name, connectionId } = hospital();
  const message = siu(name, { trigger: 'S12', id: 'M1', patient: 'Q-1' });
  await sender.send(message);
  const kept = await inbound.database.db.query<{ id: string; body: Buffer }>(
    'select id, body from received_message where connection_id = $1',
    [connectionId],
  );
  const [row] = kept.rows;
  await inbound.applied();
  expect(row?.body.includes('Secretname')).toBe(false);
  const opened = inbound.seal.open(`received_message/${row?.id}`, row?.body ?? Buffer.of());
  expect(Buffer.from(opened, 'latin1').toString('utf8')).toBe(message);
  const notices = await inbound.database.db.query('select * from notice where connection_id = $1', [connectionId]);
  expect(notices.rows).toHaveLength(1);
  expect(JSON.stringify(notices.rows)).not.toMatch(/Secretname|Erika/);
  expect(inbound.logged.join('\n')).not.toMatch(/Secretname|Erika/);
});

describe('a transaction whose outcome is unknown', () => {
  /** A booking that was sent to the hospital and not answered; to be looked at in an hour. */
  async function unknownBooking(organizationId: string, connectionId: string) {
    const { db } = inbound.database;
    const [patientId, appointmentId, transactionId] = [randomUUID(), randomUUID(), randomUUID()];
    await insertPatient(db, organizationId, { id: patientId, name: { given: ['Erika'], family: 'Secretname' } });
    await db.query(
      `with claimed as (update slot set status = 'busy', claimed = true where connection_id = $2
         returning id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode),
       booked as (insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id,
         start_at, end_at, mode, status, created_by)
         select $1, organization_id, connection_id, $3, id, provider_id, location_id, start_at, end_at, mode, 'pending', 'test' from claimed
         returning id)
       insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, due_at)
       select $4, organization_id, connection_id, $1, 'test', 'book', 'unknown', id, now() + interval '1 hour' from claimed`,
      [appointmentId, connectionId, patientId, transactionId],
    );
    return { patientId, transactionId };
  }

  const isDue = async (transactionId: string): Promise<boolean> => {
    await inbound.applied();
    const found = await inbound.database.db.query<{ due: boolean }>(
      'select due_at <= now() as due from transaction where id = $1',
      [transactionId],
    );
    return found.rows[0]?.due ?? false;
  };

  test.each(['placer', 'patient'] as const)(
    'is looked up at once when a notice about it comes, known by its %s',
    async (by) => {
      const { sender, name, connectionId, organizationId } = hospital();
      await sender.send(siu(name, { trigger: 'S24', id: 'M1' }));
      await inbound.applied();
      const { patientId, transactionId } = await unknownBooking(organizationId, connectionId);
      await sender.send(siu(name, { trigger: 'S12', id: 'M2', key: 'OTHER', hour: 12 }));
      expect(await isDue(transactionId)).toBe(false);
      await sender.send(
        siu(name, {
          trigger: 'S12',
          id: 'M3',
          at: 1,
          ...(by === 'placer' ? { placer: transactionId } : { patient: patientId }),
        }),
      );
      expect(await isDue(transactionId)).toBe(true);
      const feed = openFeed(inbound.feeding, connectionId);
      const heard =
        by === 'placer'
          ? await feed.aboutTransaction(transactionId)
          : (await feed.aboutPatient(patientId, '2027-03-08T09:00:00Z'))[0];
      expect(heard).toEqual({
        event: 'booked',
        externalId: 'A1',
        at: '2027-03-01T09:01:00.000Z',
        start: '2027-03-08T09:00:00.000Z',
        providerExternalId: '17',
      });
    },
  );
});
