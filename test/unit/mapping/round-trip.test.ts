/**
 * Canonical -> vendor -> canonical: what a mapping writes and a HIS keeps, a mapping reads again as it was. Between them stands
 * what the HIS does itself (it gives a key, and shows times in its own way), as the simulators do it.
 * TESSERA_ROUND_TRIP_RUNS=10000 npm run jest -- test/unit/mapping/round-trip
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { hl7Segments, readHl7, writeHl7, type BookRequest } from '#adapter-kit';
import { heardIn } from '../../../adapters/hl7v2/heard.ts';
import { bookMessage } from '../../../adapters/hl7v2/messages.ts';
import { settingsFrom } from '../../../adapters/hl7v2/settings.ts';
import { mappingLibrary, testCall } from '../../support/call.ts';

const RUNS = Number(process.env['TESSERA_ROUND_TRIP_RUNS'] ?? 500);

/** All change their clocks in 2027, by an hour or by half an hour, at night or at midnight, in whole hours from UTC or not. */
const ZONES = [
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'America/Havana',
  'Europe/Berlin',
  'Europe/London',
  'Africa/Cairo',
  'Asia/Beirut',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Chatham',
] as const;

const MINUTE = 60_000;
const NEW_YEAR = Temporal.Instant.from('2027-01-01T00:00:00Z');

function changesOf(zone: string): number[] {
  const changes: number[] = [];
  let at = NEW_YEAR.toZonedDateTimeISO(zone).getTimeZoneTransition('next');
  while (at && at.year === 2027) {
    changes.push(at.epochMilliseconds);
    at = at.getTimeZoneTransition('next');
  }
  return changes;
}

interface Appointment {
  readonly transactionId: string;
  readonly externalId: string;
  readonly slotExternalId: string;
  readonly patientExternalId: string;
  readonly providerExternalId: string;
  readonly locationExternalId: string;
  readonly start: string;
  readonly end: string;
  readonly mode: 'in-person' | 'telemedicine';
  readonly reason: string | null;
}
type Field = keyof Appointment;

interface Given extends Appointment {
  readonly zone: string;
  readonly minutes: number;
}

/** Half of them within a day of a change of the clocks. */
const when = fc.constantFrom(...ZONES).chain((zone) => {
  const near = fc
    .tuple(fc.constantFrom(...changesOf(zone)), fc.integer({ min: -24 * 60, max: 24 * 60 }))
    .map(([change, minutes]) => change + minutes * MINUTE);
  const anywhere = fc.integer({ min: 0, max: 364 * 24 * 60 }).map((n) => NEW_YEAR.epochMilliseconds + n * MINUTE);
  return fc.record({
    zone: fc.constant(zone),
    at: fc.oneof(near, anywhere),
    minutes: fc.integer({ min: 5, max: 240 }),
  });
});

const utc = (epochMs: number): string => new Date(epochMs).toISOString().replace('.000Z', 'Z');

const appointments = (id: fc.Arbitrary<string>): fc.Arbitrary<Given> =>
  fc
    .record({
      when,
      transactionId: fc.uuid(),
      externalId: id,
      slotExternalId: id,
      patientExternalId: id,
      providerExternalId: id,
      locationExternalId: id,
      mode: fc.constantFrom('in-person', 'telemedicine'),
      reason: fc.option(
        fc.string({ minLength: 1, maxLength: 60 }).filter((text) => text.trim() === text && text !== ''),
      ),
    })
    .map(({ when: { zone, at, minutes }, ...fields }) => ({
      ...fields,
      zone,
      minutes,
      start: utc(at),
      end: utc(at + minutes * MINUTE),
    }));

/** FHIR's ids; and all that may stand in a field of HL7, its own signs too. */
const fhirId = fc.stringMatching(/^[A-Za-z0-9.-]{1,40}$/);
const anySigns = fc.stringMatching(/^[!-~]{1,20}$/);

const bookingOf = (given: Given): BookRequest => ({
  slot: {
    externalId: given.slotExternalId,
    providerExternalId: given.providerExternalId,
    locationExternalId: given.locationExternalId,
    start: given.start,
    end: given.end,
    timeZone: given.zone,
    mode: given.mode,
    seat: 1,
    details: { bookToken: given.slotExternalId, ...(given.mode === 'telemedicine' && { service: 'VIDEO' }) },
  },
  patient: {
    externalId: given.patientExternalId,
    name: { given: ['Ada'], family: 'Bauer' },
    birthDate: '1984-05-23',
    email: null,
    phone: null,
    address: null,
    identifiers: [],
  },
  mode: given.mode,
  reason: given.reason,
});

const map = (adapter: string, name: string, input: unknown): Record<string, unknown> => {
  const answer = mappingLibrary().for(adapter)?.apply(name, input);
  const [first] = Array.isArray(answer) ? answer : [answer];
  return { ...Object(first) };
};

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const inZone = (instant: string, zone: string): string =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toString({ timeZoneName: 'never', smallestUnit: 'second' });

interface Vendor {
  readonly name: string;
  readonly ids: fc.Arbitrary<string>;
  /** What comes back. */
  roundTrip(given: Given): Partial<Appointment>;
  /** What cannot come back, and why. */
  readonly lost: Partial<Record<Field, string>>;
  /** Of these, an hour that the clocks show twice comes back as the first: the vendor shows no offset. */
  readonly local?: readonly ('start' | 'end')[];
}

const BY_SLOT = 'the slot is named, and the HIS knows whose it is and where';
const NOT_SHOWN = 'written, and never shown again';
const BY_TEMPLATE = 'stands in the request by the profile’s template, not by a mapping';

const VENDORS: readonly Vendor[] = [
  {
    name: 'epic',
    ids: fhirId,
    roundTrip(given) {
      const body = map('epic', 'book-request', { ...bookingOf(given), transactionId: given.transactionId });
      const [patient, appointment, note] = Array.isArray(body['parameter']) ? body['parameter'] : [];
      // The HIS makes an appointment of what the token stands for.
      const resource = {
        resourceType: 'Appointment',
        id: given.externalId,
        status: 'booked',
        start: inZone(given.start, given.zone),
        end: inZone(given.end, given.zone),
        participant: [
          `Patient/${patient.valueIdentifier.value}`,
          `Practitioner/${given.providerExternalId}`,
          `Location/${given.locationExternalId}`,
        ].map((reference) => ({ actor: { reference: `https://his.invalid/api/${reference}` } })),
      };
      const shown = map('epic', 'appointment', { resourceType: 'Bundle', entry: [{ resource }] });
      return {
        ...shown,
        slotExternalId: appointment.valueIdentifier.value,
        transactionId: String(note.valueString).replace('hub:', ''),
      };
    },
    lost: {
      mode: 'a matter of the visit type, which the slot has',
      reason: 'the operation has no field for it but the note',
    },
  },
  {
    name: 'cerner',
    ids: fhirId,
    roundTrip(given) {
      const body = map('cerner', 'book-request', { ...bookingOf(given), transactionId: given.transactionId });
      const participant = [
        ...(Array.isArray(body['participant']) ? body['participant'] : []),
        { actor: { reference: `Practitioner/${given.providerExternalId}` } },
      ];
      const server = {
        id: given.externalId,
        meta: { versionId: '0' },
        start: inZone(given.start, given.zone),
        participant,
      };
      const entry = [{ resource: { ...body, ...server } }];
      const shown = map('cerner', 'appointment', { resourceType: 'Bundle', entry });
      const [reason] = Array.isArray(body['reasonCode']) ? body['reasonCode'] : [];
      return { ...shown, transactionId: String(shown['comment']).replace('hub:', ''), reason: reason?.text ?? null };
    },
    lost: { end: 'asked for of the slot, not of the appointment', locationExternalId: BY_SLOT, mode: BY_SLOT },
  },
  {
    name: 'hl7v2',
    ids: anySigns,
    roundTrip(given) {
      const call = testCall({ adapter: 'hl7v2', urls: [], transactionId: given.transactionId });
      const config = {
        host: '127.0.0.1',
        port: 1,
        sendingApplication: 'HIS',
        sendingFacility: 'F',
        receivingApplication: 'HUB',
        defaultTimeZone: given.zone,
      };
      const settings = settingsFrom({ config, secrets: {} });
      const asked = readHl7(bookMessage(settings, call, bookingOf(given)));
      const tree = asked.toTree();
      const arq = tree.segments.find(({ segment }) => segment === 'ARQ');
      // The HIS answers with the schedule that it made of the request; everything else it repeats.
      const sch = {
        segment: 'SCH',
        'SCH-1': arq?.['ARQ-1'],
        'SCH-2': given.externalId,
        'SCH-9': arq?.['ARQ-9'],
        'SCH-10': arq?.['ARQ-10'],
        'SCH-11': { '4': asked.get('ARQ-11.1'), '5': asked.get('ARQ-11.2') },
        'SCH-25': 'Booked',
      };
      const segments = tree.segments.flatMap((each): readonly object[] =>
        each.segment === 'ARQ' ? [sch] : each.segment === 'NTE' ? [] : [each],
      );
      const answer = readHl7(writeHl7(hl7Segments({ segments })));
      const { placerId, provider, location, ...heard } = heardIn(settings, call, answer);
      return {
        ...heard,
        start: heard.start?.replace('.000Z', 'Z'),
        end: heard.end?.replace('.000Z', 'Z'),
        transactionId: placerId,
        providerExternalId: provider?.id,
        locationExternalId: location?.id,
        reason: asked.get('NTE-3') ?? null,
      } as Partial<Appointment>;
    },
    lost: { slotExternalId: 'HL7 v2 has no slots: the hub makes their keys of provider and time' },
  },
  {
    name: 'xml-his (practice)',
    ids: anySigns,
    roundTrip(given) {
      const { slot } = bookingOf(given);
      const site = { officeVisitType: 'OV', videoVisitType: 'TM' };
      const request = map('xml-his', 'practice-rest-appointment', { slot, timeZone: given.zone, site });
      const row = {
        'i:appointment_id': given.externalId,
        'i:status': 'Scheduled',
        'i:start_date_time': request['start'],
        'i:end_date_time': request['end'],
        'i:comment': `hub:${given.transactionId}`,
      };
      const shown = map('xml-his', 'practice-rest-visit', { row, slot, timeZone: given.zone });
      const mode = request['videoType'] === 'TM' && request['officeType'] === undefined ? 'telemedicine' : 'in-person';
      return { ...shown, mode, transactionId: texts(shown['notes']).join().replace('hub:', '') };
    },
    lost: {
      slotExternalId: BY_TEMPLATE,
      patientExternalId: BY_TEMPLATE,
      locationExternalId: 'asked for by resource, which is one place',
      reason: NOT_SHOWN,
    },
    local: ['start', 'end'],
  },
  {
    name: 'xml-his (regional)',
    ids: anySigns,
    roundTrip(given) {
      const window = map('xml-his', 'regional-soap-window', {
        window: { from: given.start, to: given.end },
        timeZone: given.zone,
      });
      const ticket = map('xml-his', 'regional-soap-booked', bookingOf({ ...given, slotExternalId: given.externalId }));
      const row = {
        'h:IdAppointment': ticket['externalId'],
        'h:VisitStart': window['visitStart'],
        'h:DoctorRendingConsultation': { 'h:IdDoc': given.providerExternalId },
        'h:RelatesTo': `urn:uuid:${given.transactionId}`,
      };
      const shown = map('xml-his', 'regional-soap-visit', {
        listed: 'h:ListHistoryVisit/h:HistoryVisit',
        row,
        slotMinutes: given.minutes,
        timeZone: given.zone,
      });
      return {
        ...shown,
        transactionId: texts(shown['notes']).join().replace('urn:uuid:', ''),
      };
    },
    lost: {
      slotExternalId: 'the booking is called as its ticket was',
      patientExternalId: BY_TEMPLATE,
      locationExternalId: 'the history names the clinic by its text only',
      mode: 'no element says it; a ticket’s room does',
      reason: NOT_SHOWN,
    },
    local: ['start'],
  },
];

/** What an instant is whose wall clock alone is known: of two, the first. */
function byWallClock(instant: string, zone: string): string {
  const wall = Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDateTime();
  return utc(wall.toZonedDateTime(zone, { disambiguation: 'earlier' }).epochMilliseconds);
}

const FIELDS: readonly Field[] = [
  'transactionId',
  'externalId',
  'slotExternalId',
  'patientExternalId',
  'providerExternalId',
  'locationExternalId',
  'start',
  'end',
  'mode',
  'reason',
];

test('the zones are those that change their clocks, one of them by half an hour', () => {
  for (const zone of ZONES) expect([zone, changesOf(zone).length]).toEqual([zone, expect.any(Number)]);
  expect(ZONES.filter((zone) => changesOf(zone).length >= 2).length).toBeGreaterThanOrEqual(10);
});

describe.each(VENDORS)('to $name and back', (vendor) => {
  test(`everything is as it was, but ${Object.keys(vendor.lost).join(', ')}`, () => {
    fc.assert(
      fc.property(appointments(vendor.ids), (given) => {
        const back = vendor.roundTrip(given);
        const start = vendor.local?.includes('start') ? byWallClock(given.start, given.zone) : given.start;
        const endOfItsOwn = vendor.local?.includes('end') ? byWallClock(given.end, given.zone) : given.end;
        // Where a length is told instead of an end, the end follows the start.
        const end =
          vendor.local && !vendor.local.includes('end') ? utc(Date.parse(start) + given.minutes * MINUTE) : endOfItsOwn;
        const kept = FIELDS.filter((field) => !(field in vendor.lost));
        const wanted = { ...given, start, end };
        expect(Object.fromEntries(kept.map((field) => [field, back[field]]))).toEqual(
          Object.fromEntries(kept.map((field) => [field, wanted[field]])),
        );
      }),
      { numRuns: RUNS },
    );
  });
});
