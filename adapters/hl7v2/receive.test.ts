/** What a hospital tells by itself, with the habits of real senders switched on one by one. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readAck, readHl7, type FoundSlot, type Notice, type ReceivedMessage } from '#adapter-kit';
import { startHeardHospital, type HeardHospital } from '../../test/support/hl7-ear.ts';
import { openCorpus } from '../../test/support/samples.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

let hospital: HeardHospital;
let slots: FoundSlot[];
beforeAll(async () => {
  hospital = await startHeardHospital(adapter, startSimulator);
  slots = await hospital.ear.slots(60);
});
afterAll(() => hospital.close());
afterEach(() =>
  hospital.quirks({
    H1: false,
    H2: false,
    H3: false,
    H4: false,
    H5: false,
    H8: false,
    H9: false,
    H11: false,
    H12: true,
  }),
);

const nextSlot = (): FoundSlot => {
  const slot = slots.shift();
  if (!slot) throw new Error('the hospital told too few slots');
  return slot;
};

const read = async (text: string | Uint8Array, config = {}): Promise<ReceivedMessage | undefined> => {
  const connector = hospital.connect(config);
  try {
    return await connector.receive?.(hospital.call(), Buffer.from(text));
  } finally {
    await connector.close();
  }
};

/** Somebody at the desk books the slot; the notice that follows. */
async function bookedOutside(slot = nextSlot()) {
  const { vendorId = '' } = await hospital.edit({ op: 'book-outside', externalId: slot.externalId });
  const isIt = (notice: Notice): boolean => notice.kind === 'appointment' && notice.externalId === vendorId;
  const [notice] = await hospital.ear.until(isIt);
  return { notice, slot, vendorId };
}

const expected = (slot: FoundSlot, vendorId: string) => ({
  kind: 'appointment',
  event: 'booked',
  externalId: vendorId,
  time: { providerExternalId: slot.providerExternalId, start: slot.start, end: slot.end },
});

test('people and places, with zone, specialty and languages, come before the slots that name them', () => {
  const { notices } = hospital.ear;
  const firstSlot = notices.findIndex(({ kind }) => kind === 'slot');
  const directory = notices.slice(0, firstSlot).filter((each) => !('mentioned' in each));
  expect(directory).toMatchObject([
    { kind: 'location', location: { externalId: 'AMB-BER', timeZone: 'Europe/Berlin', address: { city: 'Berlin' } } },
    { kind: 'location', location: { externalId: 'AMB-DEN', timeZone: 'America/Denver' } },
    {
      kind: 'provider',
      provider: {
        externalId: '17',
        name: { family: 'Müller', given: ['Jörg'] },
        specialties: ['Orthopedics'],
        languages: ['de', 'en'],
      },
    },
    { kind: 'provider' },
    { kind: 'provider' },
    { kind: 'provider' },
    { kind: 'provider', provider: { externalId: '42', locationExternalIds: ['AMB-DEN'] } },
  ]);
});

test('an open time is a slot with its provider, place and mode, under a key that a booking names again', () => {
  const slot = nextSlot();
  expect(slot).toMatchObject({
    externalId: expect.stringMatching(/^\d\d@\d{8}T\d{6}Z$/),
    mode: expect.stringMatching(/^(in-person|telemedicine)$/),
  });
  expect(Date.parse(slot.end) - Date.parse(slot.start)).toBe(30 * 60_000);
});

describe('an appointment made at the desk is told whatever the habit of the sender', () => {
  test.each([
    {},
    { H1: 'constant-placer' },
    { H1: 'placer-only' },
    { H2: 'free-text' },
    { H3: 'no-end' },
    { H3: 'tq1' },
    { H3: 'ais-only' },
    { H4: 'missing' },
    { H4: 'wrong' },
    { H8: 'no-end' },
    { H8: 'line-feed' },
    { H8: 'garbage' },
    { H8: 'bytewise' },
    { H9: 'declared' },
    { H9: 'undeclared' },
    { H11: true },
  ])('%j', async (habit) => {
    await hospital.quirks(habit);
    const { notice, slot, vendorId } = await bookedOutside();
    expect(notice).toMatchObject(expected(slot, vendorId));
  });
});

test('the trigger wins over the status: a cancellation that says Booked is a cancellation', async () => {
  const { slot, vendorId } = await bookedOutside();
  await hospital.quirks({ H2: 'contradicts' });
  await hospital.edit({ op: 'cancel-outside', externalId: vendorId });
  const isIt = (notice: Notice): boolean =>
    notice.kind === 'appointment' && notice.externalId === vendorId && notice.event === 'cancelled';
  const [notice] = await hospital.ear.until(isIt);
  expect(notice).toMatchObject({ ...expected(slot, vendorId), event: 'cancelled' });
});

test.each([true, false])('blocked time closes the provider’s time, without a patient: %s', async (H12) => {
  await hospital.quirks({ H12 });
  const slot = nextSlot();
  await hospital.edit({ op: 'block-slot', externalId: slot.externalId });
  const isIt = (notice: Notice): boolean =>
    notice.kind === 'slot' && notice.status === 'busy' && notice.externalId === slot.externalId;
  const [notice] = await hospital.ear.until(isIt);
  expect(notice).toMatchObject({
    time: { providerExternalId: slot.providerExternalId, start: slot.start, end: slot.end },
  });
});

test('a notice that comes twice, or with a control id used before, is a message of its own each time', async () => {
  await hospital.quirks({ H5: 'twice' });
  const { vendorId } = await bookedOutside();
  const isIt = (notice: Notice): boolean => notice.kind === 'appointment' && notice.externalId === vendorId;
  await hospital.ear.until(isIt, 2);
  const [first, second] = hospital.ear.messages.filter(({ notices }) => notices.some(isIt));
  expect(second?.messageId).toBe(first?.messageId);
});

test('a renamed provider is told in full', async () => {
  await hospital.edit({ op: 'rename-provider', providerExternalId: '18', name: 'Annika Sandberg' });
  const isIt = (notice: Notice): boolean =>
    notice.kind === 'provider' && !notice.mentioned && notice.provider.name.family === 'Sandberg';
  expect(await hospital.ear.until(isIt)).toMatchObject([
    { provider: { externalId: '18', specialties: ['General Practice'] } },
  ]);
});

const HEAD = (event: string, more = '') =>
  `MSH|^~\\&|HIS|REGIONAL|TESSERA|TESSERA|20270301091500-0600||SIU^${event}|C1|P|2.5.1${more}`;

describe('single messages', () => {
  test.each([
    ['of another application', 'MSH|^~\\&|OTHER|REGIONAL|HUB|HUB|20270301||SIU^S12|1|P|2.5\rSCH||1'],
    ['of another facility', 'MSH|^~\\&|HIS|ELSEWHERE|HUB|HUB|20270301||SIU^S12|1|P|2.5\rSCH||1'],
    ['that are no message', 'GET / HTTP/1.1\r\n\r\n'],
  ])('%s are left to others', async (_, text) => {
    expect(await read(text)).toBeUndefined();
  });

  test('about nothing of scheduling are taken, and tell nothing', async () => {
    const received = await read(`${HEAD('A01').replace('SIU', 'ADT')}\rPID|1||1`);
    expect(received).toMatchObject({ messageId: 'C1', notices: [] });
    expect(Buffer.from(received?.acknowledge('stored') ?? []).toString()).toContain('MSA|AA|C1');
  });

  test.each([
    ['of a type that nobody takes', HEAD('R01').replace('SIU', 'ORU'), 'AR', '200', 'refused'],
    ['of an event that SIU does not have', `${HEAD('X12')}\rSCH||1`, 'AR', '201', 'refused'],
    ['of a test system', `${HEAD('S12').replace('|P|', '|T|')}\rSCH||1`, 'AR', '202', 'refused'],
    ['of another version of HL7', `${HEAD('S12').replace('2.5.1', '3.0')}\rSCH||1`, 'AR', '203', 'refused'],
    ['of an appointment, without SCH', `${HEAD('S12')}\rPID|1||1`, 'AE', '100', 'kept'],
    ['without any key of the appointment', `${HEAD('S12')}\rSCH|||||||||30|min`, 'AE', '101', 'kept'],
  ])('%s are answered by the code of what is wrong', async (_, text, code, error, fault) => {
    const received = await read(text);
    expect(received?.fault?.kind).toBe(fault);
    const answer = readHl7(received?.acknowledge('stored') ?? Buffer.of());
    expect(readAck(answer)).toMatchObject({ code, controlId: 'C1', errors: [{ code: error }] });
    // What the hub could not store is to be sent again, whatever is wrong with it.
    expect(Buffer.from(received?.acknowledge('failed') ?? []).toString()).toMatch(/MSA\|AR\|C1[^]*\|207\^/);
  });

  test('with a fault of their content, where only receipt is to be acknowledged, are acknowledged as received', async () => {
    const received = await read(`${HEAD('S12', '|||AL|NE')}\rPID|1`);
    expect(Buffer.from(received?.acknowledge('stored') ?? []).toString()).toContain('MSA|CA|C1');
  });

  test('with a stretch of open time are cut into slots of the usual length', async () => {
    const text = `${HEAD('S24')}\rSCH||OPN-1|||||||120|min|^^120^20270308130000-0600^20270308150000-0600\rRGS|1\rAIP|1|A|17\rAIL|1|A|L1`;
    const received = await read(text, { slotMinutes: 45 });
    const starts = received?.notices.flatMap((each) =>
      each.kind === 'slot' && each.status === 'free' ? [each.slot.start] : [],
    );
    expect(starts).toEqual(['2027-03-08T19:00:00.000Z', '2027-03-08T19:45:00.000Z']);
  });

  test('with a local time use the zone of the place, and of a time shown twice the first', async () => {
    const text = `${HEAD('S12')}\rSCH||9|||||||30|min|^^30^20271031023000\rRGS|1\rAIP|1|A|17\rAIL|1|A|AMB-BER`;
    const received = await read(text);
    expect(received?.notices.at(-1)).toMatchObject({ time: { start: '2027-10-31T00:30:00.000Z' } });
  });

  test('with a time that the clocks skip tell the appointment without a time', async () => {
    const text = `${HEAD('S12')}\rSCH||9|||||||30|min|^^30^20270328023000\rRGS|1\rAIP|1|A|17\rAIL|1|A|AMB-BER`;
    const received = await read(text);
    expect(received?.notices.at(-1)).toEqual({
      kind: 'appointment',
      at: '2027-03-01T15:15:00.000Z',
      event: 'booked',
      externalId: '9',
    });
  });

  test.each([
    ['||||', 'AA', 'AR'],
    ['|||AL|NE', 'CA', 'CR'],
    ['|||NE|AL', 'AA', 'AR'],
    ['|||AL|AL', 'AA', 'AR'],
    ['|||ER|NE', undefined, 'CR'],
    ['|||NE|NE', undefined, undefined],
  ])('with MSH-13 to 16 "%s" are acknowledged by %s when stored and %s when not', async (fields, stored, failed) => {
    const received = await read(`${HEAD('S12', fields)}\rSCH||9`);
    const codes = (['stored', 'failed'] as const).map((verdict) => {
      const answer = received?.acknowledge(verdict);
      return answer && /MSA\|(\w\w)\|C1/.exec(Buffer.from(answer).toString())?.[1];
    });
    expect(codes).toEqual([stored, failed]);
  });
});

describe('patients', () => {
  const pid =
    'PID|1||4711^^^HIS^MR~P-9^^^TESSERA^PI||Test^Erika||1980-01-01|F|||Hauptstr. 1^^Berlin^^10115^DE||030 901820^PRN^PH~^NET^Internet^E@Example.org';
  const adt = (event: string, ...segments: readonly string[]) =>
    read([HEAD(event).replace('SIU', 'ADT'), `EVN|${event}|20270301080000-0600`, ...segments].join('\r'));

  test.each([
    ['A04', 'registered'],
    ['A28', 'registered'],
    ['A08', 'updated'],
    ['A31', 'updated'],
  ])('%s tells who is %s, by all keys, the hub’s own first', async (trigger, event) => {
    expect((await adt(trigger, pid))?.notices).toEqual([
      {
        kind: 'patient',
        at: '2027-03-01T14:00:00.000Z',
        event,
        keys: ['P-9', '4711'],
        person: {
          name: { family: 'Test', given: ['Erika'] },
          birthDate: '1980-01-01',
          email: 'e@example.org',
          phone: '+4930901820',
          address: { line: ['Hauptstr. 1'], city: 'Berlin', postalCode: '10115', country: 'DE' },
        },
      },
    ]);
  });

  test.each(['A18', 'A34', 'A40'])('%s merges: each retired key into the keys that are left', async (trigger) => {
    const received = await adt(trigger, 'PID|1||1^^^HIS', 'MRG|2^^^HIS~3^^^HIS', 'PID|2||7^^^HIS', 'MRG|8^^^HIS');
    expect(received?.notices).toMatchObject([
      { kind: 'merge', survivor: ['1'], retired: '2' },
      { kind: 'merge', survivor: ['1'], retired: '3' },
      { kind: 'merge', survivor: ['7'], retired: '8' },
    ]);
  });

  test('a merge that is taken back is for a person', async () => {
    const received = await adt('A37', 'PID|1||1^^^HIS', 'PID|2||2^^^HIS');
    expect(() => received?.notices).toThrow(/expected a person to see to it/);
  });
});

const corpus = openCorpus('hl7v2/authored');
(corpus ? describe : describe.skip)('the sample corpus', () => {
  const sample = (file: string, sendingApplication: string, sendingFacility: string) =>
    read(corpus?.bytes(`hl7v2/authored/${file}.hl7`) ?? '', {
      sendingApplication,
      sendingFacility,
      receivingApplication: 'HUB',
      defaultTimeZone: 'America/Chicago',
    });

  test.each([
    [
      'epic-siu-s12',
      'EPIC',
      'EMH',
      {
        event: 'booked',
        externalId: '36996',
        transactionId: '1',
        time: { providerExternalId: '1000012', start: '2027-03-08T15:00:00.000Z', end: '2027-03-08T15:30:00.000Z' },
      },
    ],
    ['epic-siu-s15-cancel', 'EPIC', 'EMH', { event: 'cancelled', externalId: '36996' }],
    [
      'cerner-siu-s14',
      'CERNER',
      'MILL',
      {
        event: 'modified',
        externalId: '20465903',
        time: { providerExternalId: '593923', start: '2027-03-08T15:00:00.000Z', end: '2027-03-08T15:15:00.000Z' },
      },
    ],
    [
      'siu-latin1',
      'HIS',
      'FR',
      {
        event: 'booked',
        externalId: '900200',
        patientExternalId: '77',
        time: { providerExternalId: 'A17', start: '2027-03-08T07:00:00.000Z' },
      },
    ],
    ['siu-declares-ascii-is-utf8', 'HIS', 'NL', { event: 'booked', externalId: '900400' }],
    [
      'siu-multi-resource',
      'HIS',
      'US',
      {
        event: 'booked',
        externalId: '900800',
        time: { providerExternalId: '17', start: '2027-03-08T15:00:00.000Z', end: '2027-03-08T16:00:00.000Z' },
      },
    ],
    ['siu-s17-delete', 'HIS', 'US', { event: 'cancelled', externalId: '900800' }],
    ['siu-escapes', 'HIS', 'US', { event: 'booked', externalId: '900900', patientExternalId: '83' }],
  ])('%s of %s/%s', async (file, application, facility, appointment) => {
    const received = await sample(file, application, facility);
    expect(received?.notices.find(({ kind }) => kind === 'appointment')).toMatchObject(appointment);
  });

  test('siu-s23-block-time closes two hours of the provider', async () => {
    const received = await sample('siu-s23-block-time', 'HIS', 'US');
    expect(received?.notices.at(-1)).toMatchObject({
      kind: 'slot',
      status: 'busy',
      externalId: 'BLK-7',
      time: { providerExternalId: '17', start: '2027-03-08T19:00:00.000Z', end: '2027-03-08T21:00:00.000Z' },
    });
  });
});
