/** G1 to G5: what may be odd at any vendor, met by each adapter at its own simulator. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Adapter, BookRequest, FoundSlot, Notice, PatientAtHis } from '#adapter-kit';
import type { QuirkValue, SimulatedPatient, StartSimulator } from '#adapter-kit/simulator';
import cerner from '../../adapters/cerner/index.ts';
import startCerner from '../../adapters/cerner/simulator.ts';
import epic from '../../adapters/epic/index.ts';
import startEpic from '../../adapters/epic/simulator.ts';
import hl7v2 from '../../adapters/hl7v2/index.ts';
import startHl7v2 from '../../adapters/hl7v2/simulator.ts';
import xmlHis from '../../adapters/xml-his/index.ts';
import startXmlHis from '../../adapters/xml-his/simulator.ts';
import { startHeardHospital, type HeardHospital } from '../support/hl7-ear.ts';
import { comesTo, slotAtHis, startHospital, type SimulatedHospital } from '../support/simulated-hospital.ts';

interface Vendor {
  readonly adapter: Adapter;
  readonly start: StartSimulator;
  readonly timeZone: string;
  /** What booking a slot comes to that is not there any more, by the vendor's table. */
  readonly gone: string;
}

const VENDORS: Readonly<Record<string, Vendor>> = {
  epic: {
    adapter: epic,
    start: startEpic,
    timeZone: 'America/New_York',
    gone: 'conflict slot-taken',
  },
  cerner: {
    adapter: cerner,
    start: startCerner,
    timeZone: 'America/Chicago',
    gone: 'conflict slot-taken',
  },
  'xml-his': {
    adapter: xmlHis,
    start: startXmlHis,
    timeZone: 'Europe/Moscow',
    gone: 'not-found slot-unknown',
  },
  hl7v2: {
    adapter: hl7v2,
    start: startHl7v2,
    timeZone: 'Europe/Berlin',
    gone: 'not-found resource-unknown',
  },
};

const isHeard = (hospital: SimulatedHospital | HeardHospital): hospital is HeardHospital => 'ear' in hospital;

describe.each(Object.entries(VENDORS))('%s', (name, { adapter, start, timeZone, gone }) => {
  let hospital: SimulatedHospital | HeardHospital;
  let slots: FoundSlot[];
  let patient: PatientAtHis;

  beforeAll(async () => {
    hospital = await (name === 'hl7v2' ? startHeardHospital(adapter, start) : startHospital(adapter, start));
    slots = isHeard(hospital) ? await hospital.ear.slots(60) : await hospital.slots();
    const world = await fetch(`${hospital.simulator.controlUrl}/world`);
    const [first] = ((await world.json()) as { patients: SimulatedPatient[] }).patients;
    if (first === undefined) throw new Error('the simulated hospital has no patient');
    patient = { email: null, phone: null, address: null, ...first, externalId: first.id };
  });
  afterEach(() => hospital.quirks({ G1: false, G2: false, G3: false, G4: false, G5: false }));
  afterAll(() => hospital.close());

  const quirk = (id: string, value: QuirkValue): Promise<void> => hospital.quirks({ [id]: value });

  function bookingOf(who = patient): BookRequest {
    const slot = slots.pop();
    if (slot === undefined) throw new Error('the sandbox has run out of slots');
    return { slot: slotAtHis(slot, timeZone), patient: who, mode: slot.mode ?? 'in-person', reason: null };
  }

  async function attempt(request = bookingOf(), connector = hospital.connector) {
    const call = hospital.call();
    const outcome = await comesTo(connector.book(call, request));
    const { appointments } = await hospital.effects();
    return { outcome, call, effects: appointments.filter((each) => each.transactionId === call.transactionId) };
  }

  test.each(['ahead', 'behind'] as const)('G1: a clock five minutes %s does not keep it from booking', async (form) => {
    await quirk('G1', form);
    const { outcome, call, effects } = await attempt(bookingOf(), hospital.connect());
    expect([outcome, effects.length]).toEqual(['success', 1]);
    if (name !== 'epic') return;
    const tokens = call.recorder.exchanges.filter(({ url }) => url.endsWith('/token'));
    // Refused by its own clock, taken by the site's.
    expect(tokens.map(({ status }) => status)).toEqual([400, 200]);
  });

  test('G2: of two who were offered one slot before either had it, one wins, the other hears so', async () => {
    await quirk('G2', true);
    const request = bookingOf();
    const [first, second] = [hospital.call(), hospital.call()];
    const isWaiting = async (): Promise<boolean> => {
      const { requests } = await hospital.effects();
      const arrived = requests.filter(({ transactionId }) => transactionId === first.transactionId).length;
      return first.recorder.writeSent && arrived > first.recorder.exchanges.length;
    };
    const one = comesTo(hospital.connector.book(first, request));
    while (!(await isWaiting())) await delay(5);
    const other = comesTo(hospital.connector.book(second, request));
    expect([await one, await other].toSorted()).toEqual(['conflict slot-taken', 'success']);
    // It was on offer to the second one, too: both have sent a booking.
    expect(second.recorder.writeSent).toBe(true);
    const { appointments } = await hospital.effects();
    expect(appointments.filter(({ slotId }) => slotId === request.slot.externalId)).toHaveLength(1);
  });

  test('G3: maintenance is transient, nothing is booked in it, and afterwards all is well', async () => {
    const request = bookingOf();
    await quirk('G3', true);
    const { outcome, effects } = await attempt(request);
    expect(outcome).toMatch(/^transient /);
    expect(effects).toEqual([]);
    const burst = isHeard(hospital) ? await missed(hospital) : undefined;
    await quirk('G3', false);
    await burst?.();
    expect((await attempt(request)).outcome).toBe('success');
  });

  /** Changes that nobody tells for now; what is returned waits until all of them are told. */
  async function missed({ ear, edit }: HeardHospital): Promise<() => Promise<void>> {
    const keys = await Promise.all(
      slots
        .splice(0, 5)
        .map(async ({ externalId }) => (await edit({ op: 'book-outside', externalId }))['vendorId'] ?? ''),
    );
    await attempt();
    const isOfThese = (notice: Notice): boolean => notice.kind === 'appointment' && keys.includes(notice.externalId);
    expect(ear.notices.filter(isOfThese)).toEqual([]);
    return async () => void (await ear.until(isOfThese, keys.length));
  }

  test('G4: a patient key of another environment is nobody here: not-found, and nobody else is booked', async () => {
    await quirk('G4', true);
    const { outcome, effects } = await attempt();
    expect(outcome).toMatch(/^not-found /);
    expect(effects).toEqual([]);
    if (hospital.connector.matchPatient === undefined) return;
    const match = await hospital.connector.matchPatient(hospital.call(), patient);
    const here = match.kind === 'one' ? match.evidence.externalId : patient.externalId;
    expect(here).not.toBe(patient.externalId);
    expect((await attempt(bookingOf({ ...patient, externalId: here }))).outcome).toBe('success');
  });

  test('G5: a slot that disappears between search and booking is refused, and nothing is booked', async () => {
    await quirk('G5', true);
    const { outcome, effects } = await attempt();
    expect([outcome, effects]).toEqual([gone, []]);
  });

  test('G5: a slot that is elsewhere since the template moved is not booked at another time than asked', async () => {
    await quirk('G5', 'shifts');
    const { outcome, effects } = await attempt();
    expect([outcome, effects]).toEqual([gone, []]);
  });
});

test('G1: a time to wait that is given as a date counts by the clock that gave it', async () => {
  const hospital = await startHospital(cerner, startCerner);
  const [slot] = await hospital.slots();
  if (slot === undefined) throw new Error('the sandbox has no slots');
  const request: BookRequest = {
    slot: slotAtHis(slot, 'America/Chicago'),
    patient: {
      externalId: '12724066',
      name: { given: ['Nancy'], family: 'Smart' },
      birthDate: '1990-09-15',
      email: null,
      phone: null,
      address: null,
      identifiers: [],
    },
    mode: 'in-person',
    reason: null,
  };
  for (const form of ['ahead', 'behind'] as const) {
    await hospital.quirks({ G1: form, O11: 'date' });
    const outcome = await hospital.connector.book(hospital.call(), request);
    expect(outcome).toMatchObject({ class: 'throttled', retryAfterMs: expect.any(Number) });
    const waitMs = 'retryAfterMs' in outcome ? (outcome.retryAfterMs ?? 0) : 0;
    expect(waitMs).toBeGreaterThanOrEqual(2000);
    expect(waitMs).toBeLessThanOrEqual(4000);
  }
  await hospital.close();
});
