/** Every XML sample of the corpus: through the adapter where it is an answer of a HIS that a shipped profile speaks to, else through the codec. */
import { describe, expect, test } from '@jest/globals';
import {
  AdapterError,
  XmlRefused,
  decodeXml,
  parseXml,
  type BookRequest,
  type Connector,
  type FoundSlot,
  type XmlShape,
  type XmlValue,
} from '#adapter-kit';
import adapter from '../../adapters/xml-his/index.ts';
import { compileTemplate } from '../../adapters/xml-his/template.ts';
import { textsAt, valuesAt } from '../../adapters/xml-his/xml-path.ts';
import { answering, type Asked } from '../support/answering-server.ts';
import { collect, testCall, type TestCall } from '../support/call.ts';
import { openCorpus } from '../support/samples.ts';
import { changedProfile, clientOf } from '../unit/xml/profile-of-test.ts';
import { costOf } from '../unit/xml/refusal-of.ts';

const corpus = openCorpus('xml');

/** The corpus's words for ours. */
const CLASSES: Readonly<Record<string, string>> = {
  'ambiguous-unknown-outcome': 'unknown',
  'conflict-slot-taken': 'conflict',
};

const booking: BookRequest = {
  slot: {
    externalId: '00000000000000001116',
    providerExternalId: 'PR4',
    locationExternalId: '27',
    start: '2027-03-08T13:00:00Z',
    end: '2027-03-08T13:30:00Z',
    timeZone: 'America/New_York',
    mode: 'in-person',
    seat: 1,
    details: {},
  },
  patient: {
    externalId: '5d491897-0160-11eb-b859-e8de27c31b75',
    name: { given: ['Test'], family: 'Erika' },
    birthDate: '1990-01-01',
    email: null,
    phone: null,
    address: null,
    identifiers: [],
  },
  mode: 'in-person',
  reason: null,
};

interface Site {
  readonly connector: Connector;
  readonly call: TestCall;
  readonly asked: readonly Asked[];
}

/** A site of `profile` that answers everything with these bytes. */
async function atSite<T>(profile: string, file: string, work: (site: Site) => Promise<T>): Promise<T> {
  const { http = 200 } = expectOf(file);
  const headers = { 'content-type': 'text/xml; charset=utf-8' };
  await using site = await answering(({ path }) =>
    path.endsWith('ScheduleList')
      ? {
          status: 200,
          headers,
          body: '<response xmlns="http://www.isalushealthcare.webservices/"><resource/></response>',
        }
      : { status: Number(http), headers, body: bytesOf(file).toString('utf8') },
  );
  const values = { idLpu: '27', client: 'CLIENT', company: 'COMPANY', officeVisitType: '7', videoVisitType: '9' };
  const config = {
    profile,
    endpoint: `${site.url}/`,
    timeZone: 'Europe/Moscow',
    locations: [{ externalId: '27', name: 'x' }],
    values,
  };
  const connector = adapter.connect({ config, secrets: { password: '00000000-0000-0000-0000-000000000000' } });
  return await work({
    connector,
    call: testCall({ adapter: 'xml-his', urls: [site.url], transactionId: '01HZX3' }),
    asked: site.asked,
  });
}

async function classOf(call: TestCall, work: Promise<{ readonly class: string }> | undefined): Promise<string> {
  try {
    return (await work)?.class ?? 'unsupported';
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (error.kind === 'unauthorised') return 'auth';
    return call.recorder.writeSent ? 'unknown' : 'transient';
  }
}

const booked =
  (profile: string) =>
  (file: string): Promise<string> =>
    atSite(profile, file, ({ connector, call }) => classOf(call, connector.book(call, booking)));
const hubBooking = booked('regional-soap');

const HUB: XmlShape = {
  namespaces: {
    h: 'http://schemas.datacontract.org/2004/07/HubService2',
    t: 'http://tempuri.org/',
    s: ['http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope'],
  },
  lists: ['h:ListAppointments/h:Appointment'],
};
const LOCAL: XmlShape = { namespaces: {}, names: 'local' };

const bytesOf = (file: string): Buffer => corpus?.bytes(file) ?? Buffer.alloc(0);
const expectOf = (file: string): Readonly<Record<string, unknown>> =>
  corpus?.entries.find((entry) => entry.file === file)?.expect ?? {};
function tree(file: string, shape: XmlShape, contentType = ''): XmlValue {
  return parseXml(decodeXml(bytesOf(file), contentType).text, shape);
}

/** Slots of one answer of the regional hub, as its mapping reads them. */
function hubSlots(file: string): FoundSlot[] {
  const call = testCall({ adapter: 'xml-his', urls: [] });
  const rows = valuesAt(
    tree(file, HUB),
    's:Envelope/s:Body/t:GetAvaibleAppointmentsResponse/t:GetAvaibleAppointmentsResult/h:ListAppointments/h:Appointment',
  );
  return rows.map(
    (row) =>
      call.map('regional-soap-slot', {
        row,
        providers: { externalId: '7' },
        locations: { externalId: '27' },
        timeZone: 'Europe/Moscow',
      }) as FoundSlot,
  );
}

function expectSlots(file: string): Promise<string> {
  expect(hubSlots(file)).toHaveLength(Number(expectOf(file)['slots']));
  return Promise.resolve('success');
}

function restBooking(file: string, contentType = 'text/xml; charset=utf-8'): Promise<string> {
  const document = tree(file, LOCAL, contentType);
  expect(textsAt(document, 'BookResult/AppointmentNo')).toEqual([expectOf(file)['appointmentId']]);
  expect(textsAt(document, 'BookResult/Status')).toEqual(['OK']);
  return Promise.resolve('success');
}

/** A string-in, string-out service, by a profile of the test. */
async function stringService(file: string): Promise<string> {
  const profile = changedProfile('regional-soap', (text) =>
    text
      .replace("success: [{ path: h:Success, equals: 'true' }]", "success: [{ path: h:ResultCode, equals: '0' }]")
      .replace('codePaths: [h:ErrorList/h:Error/h:IdError]', 'codePaths: [h:ResultCode]')
      .replace("    '20':", "    '-201': { class: conflict, reason: slot-taken }\n    '20':")
      .replace('h: [http', 'd: http://www.dhcc.com.cn\n  h: [http')
      .replace(
        'result: t:SetAppointmentResponse/t:SetAppointmentResult',
        'result: d:HIPMessageServerResponse\n    inner: d:HIPMessageServerResult',
      ),
  );
  await using site = await answering(() => ({
    status: 200,
    headers: { 'content-type': 'text/xml; charset=utf-8' },
    body: bytesOf(file).toString('utf8'),
  }));
  const client = clientOf(profile, site.url);
  const call = testCall({ adapter: 'xml-his', urls: [site.url] });
  const asked = client.ask(call, client.operation('book'), { ...booking });
  return await classOf(
    call,
    asked.then((answer) => {
      if (answer.kind === 'refused') return answer.refusal;
      const [slot] = valuesAt(answer.result, 'h:RegList/h:Reg');
      expect(textsAt(slot, 'h:ScheduleItemCode')).toEqual(['6||12']);
      expect(textsAt(slot, 'h:AvailableNum')).toEqual([String(expectOf(file)['capacity'])]);
      return { class: 'success' };
    }),
  );
}

function refused(file: string): Promise<string> {
  const run = (): string => {
    try {
      tree(file, LOCAL);
      return 'taken';
    } catch (error) {
      if (error instanceof XmlRefused) return 'rejected';
      throw error;
    }
  };
  // Half of what the corpus allows: what the hub promises.
  expect(costOf(run).ms).toBeLessThan(Number(expectOf(file)['maxMs']) / 2);
  return Promise.resolve(run());
}

/** `as-written`: a request, which has no class. What each sample comes to: its class, after everything else that the manifest promises of it has been checked. */
const REPLAYS: Readonly<Record<string, (file: string) => Promise<string>>> = {
  'attack/billion-laughs.xml': refused,
  'attack/deep-nesting.xml': refused,
  'attack/doctype-internal-only.xml': refused,
  'attack/proto-pollution.xml': async (file) => {
    expect(await refused(file)).toBe('rejected');
    expect(({} as Record<string, unknown>)['isAdmin'] ?? ({} as Record<string, unknown>)['x']).toBeUndefined();
    return 'safe';
  },
  'attack/template-injection.json': (file) => {
    const { template, value, expectText } = JSON.parse(bytesOf(file).toString('utf8')) as Record<string, string>;
    const compiled = compileTemplate(template ?? '');
    expect(compiled.render({ patient: { family: value } })).toBe(expectText);
    expect(() => compiled.render({ patient: { family: 'a\u0000b' } })).toThrow(XmlRefused);
    return Promise.resolve('escaped');
  },
  'attack/xinclude.xml': (file) => {
    expect(JSON.stringify(tree(file, LOCAL))).toBe(
      '{"BookResult":{"include":{"@href":"file:///etc/passwd","@parse":"text","#text":""}}}',
    );
    return Promise.resolve('not-expanded');
  },
  'attack/xxe-file.xml': refused,
  'attack/xxe-http.xml': refused,
  'attack/xxe-parameter-entity.xml': refused,
  'fault-auth-wsse.xml': hubBooking,
  'fault-soap11-client.xml': hubBooking,
  'fault-soap11-server.xml': async (file) => {
    const onRead = await atSite('regional-soap', file, async ({ connector, call }) => {
      const error: unknown = await collect(connector.listLocations?.(call)).catch((thrown: unknown) => thrown);
      return error instanceof AdapterError ? error.kind : 'none';
    });
    expect(onRead).toBe('unavailable');
    return hubBooking(file);
  },
  'fault-soap12-sender.xml': async (file) => {
    // Its codes are one site's own: the profile of such a site lists them, by subcode or by the detail's code.
    const outcomes: string[] = [];
    for (const code of ['SlotNotAvailable', 'APT-409']) {
      const profile = changedProfile('regional-soap', (text) =>
        text.replace(
          'operations:\n',
          `  faultCodes: { ${code}: { class: conflict, reason: slot-taken } }\n  faultDetail: [Error/Code]\noperations:\n`,
        ),
      );
      await using site = await answering(() => ({
        status: 400,
        headers: { 'content-type': 'application/soap+xml' },
        body: bytesOf(file).toString('utf8'),
      }));
      const client = clientOf(profile, site.url);
      const answer = await client.ask(testCall({ adapter: 'xml-his', urls: [site.url] }), client.operation('book'), {
        ...booking,
      });
      outcomes.push(
        answer.kind === 'refused' ? `${answer.refusal.class} ${String(answer.refusal.vendorCode)}` : 'success',
      );
    }
    expect(outcomes).toEqual(['conflict SlotNotAvailable', 'conflict APT-409']);
    return 'conflict';
  },
  'hl7v2xml-siu-s12.xml': (file) => {
    // No shipped profile receives messages; what another one would map is all there.
    const message = parseXml(decodeXml(bytesOf(file)).text, { namespaces: { v: 'urn:hl7-org:v2xml' } });
    const { event, placerId, fillerId } = expectOf(file);
    expect(textsAt(message, 'v:SIU_S12/v:MSH/v:MSH.9/v:MSG.2')).toEqual([event]);
    expect(textsAt(message, 'v:SIU_S12/v:SCH/v:SCH.1/v:EI.1')).toEqual([placerId]);
    expect(textsAt(message, 'v:SIU_S12/v:SCH/v:SCH.2/v:EI.1')).toEqual([fillerId]);
    return Promise.resolve('success');
  },
  'isalus-cancel-ok.response.xml': (file) =>
    atSite('practice-rest', file, ({ connector, call }) =>
      classOf(call, connector.cancel(call, { ...booking, externalId: '55012', identifiers: [] })),
    ),
  'isalus-create-ok.response.xml': (file) =>
    atSite('practice-rest', file, async ({ connector, call }) => {
      const outcome = await connector.book(call, booking);
      expect(outcome).toEqual({ class: 'success', externalId: expectOf(file)['appointmentId'] });
      return outcome.class;
    }),
  'isalus-create.request.xml': async () => {
    const ours = await atSite(
      'practice-rest',
      'xml/isalus-create-ok.response.xml',
      async ({ connector, call, asked }) => {
        await connector.book(call, { ...booking, patient: { ...booking.patient, externalId: '1001' } });
        return parseXml(asked[0]?.body ?? '', LOCAL);
      },
    );
    const theirs = tree('xml/isalus-create.request.xml', LOCAL);
    // The sample puts the fields into <input> and calls the comment "comments"; the vendor's page (README.md) does neither.
    for (const name of ['appointment_id', 'resource_eid', 'patient_id', 'appointment_type_id', 'start_date_time']) {
      expect([name, ...textsAt(ours, `request/${name}`)]).toEqual([name, ...textsAt(theirs, `request/input/${name}`)]);
    }
    expect(textsAt(ours, 'request/comment')).toEqual(textsAt(theirs, 'request/input/comments'));
    for (const name of ['version', 'account'])
      expect(textsAt(ours, `request/security/${name}`)).toEqual(textsAt(theirs, `request/security/${name}`));
    return 'as-written';
  },
  'isalus-error-shape-a.response.xml': (file) =>
    // Before "not found" is believed, the day is looked at: there is nothing on it.
    atSite('practice-rest', file, ({ connector, call }) =>
      classOf(call, connector.cancel(call, { ...booking, externalId: '1', identifiers: [] })),
    ),
  'mtom-multipart.response.txt': (file) => {
    const { 'Content-Type': contentType = '' } = expectOf(file)['headers'] as Record<string, string>;
    expect(textsAt(tree(file, LOCAL, contentType), 'Envelope/Body/bookResponse/appointmentId')).toEqual([
      expectOf(file)['appointmentId'],
    ]);
    return Promise.resolve('success');
  },
  'n3-book-error-34.response.xml': hubBooking,
  'n3-book-error-35.response.xml': hubBooking,
  'n3-book-error-38.response.xml': hubBooking,
  'n3-book-error-39.response.xml': hubBooking,
  'n3-book-ok.response.xml': (file) =>
    atSite('regional-soap', file, async ({ connector, call, asked }) => {
      const outcome = await connector.book(call, booking);
      expect(outcome).toMatchObject({ externalId: booking.slot.externalId });
      // No key is returned, so the history is asked for it; this site has no other answer, and the ticket's key stands.
      expect(asked.map(({ headers }) => headers['soapaction'])).toEqual([
        '"http://tempuri.org/IHubService/SetAppointment"',
        '"http://tempuri.org/IHubService/GetPatientHistory"',
      ]);
      return outcome.class;
    }),
  'n3-checkpatient-ok.response.xml': (file) =>
    atSite('regional-soap', file, async ({ connector, call }) => {
      const match = await connector.matchPatient?.(call, booking.patient);
      expect(match).toEqual({
        kind: 'one',
        evidence: { class: 'success', externalId: '5d491897-0160-11eb-b859-e8de27c31b75' },
      });
      return 'success';
    }),
  'n3-set-appointment.request.xml': async (file) => {
    const { ours, headers } = await atSite(
      'regional-soap',
      'xml/n3-book-ok.response.xml',
      async ({ connector, call, asked }) => {
        await connector.book(call, booking);
        return { ours: parseXml(asked[0]?.body ?? '', HUB), headers: asked[0]?.headers ?? {} };
      },
    );
    const method = 's:Envelope/s:Body/t:SetAppointment';
    const theirs = tree(file, HUB);
    for (const name of ['idAppointment', 'idLpu', 'idPat', 'doctorsReferral', 'idAppointmentPrev', 'guid']) {
      expect([name, ...valuesAt(ours, `${method}/t:${name}`)]).toEqual([
        name,
        ...valuesAt(theirs, `${method}/t:${name}`),
      ]);
    }
    // The hub's own number, of a session that was not begun: the transaction travels in the SOAP header.
    expect(valuesAt(ours, `${method}/t:idHistory`)).toEqual([null]);
    const { SOAPAction, 'Content-Type': type } = expectOf(file)['headers'] as Record<string, string>;
    expect([headers['soapaction'], headers['content-type']]).toEqual([SOAPAction, type]);
    return 'as-written';
  },
  'n3-slots-default-ns.response.xml': expectSlots,
  'n3-slots-empty.response.xml': expectSlots,
  'n3-slots-one.response.xml': (file) => {
    expect(hubSlots(file)).toEqual([
      expect.objectContaining({
        externalId: '7_2027-05-03_11:00:00',
        start: '2027-05-03T08:00:00Z',
        end: '2027-05-03T08:15:00Z',
      }),
    ]);
    return expectSlots(file);
  },
  'rest-book-declares-utf16-but-utf8.response.xml': (file) => restBooking(file, 'text/xml'),
  'rest-book-fraction-status.response.xml': (file) => {
    const call = testCall({ adapter: 'xml-his', urls: [] });
    const row = { 'i:patient_id': valuesAt(tree(file, LOCAL), 'BookResult')[0] };
    const [result] = valuesAt(tree(file, LOCAL), 'BookResult');
    expect(result).toMatchObject({ Code: ['1', '17'] });
    // Whatever mapping expects one value says that it found a list.
    const repeated = { row: { 'i:patient_id': (row['i:patient_id'] as Record<string, XmlValue>)['Code'] } };
    expect(() => call.map('practice-rest-patient-key', repeated)).toThrow(/found array/);
    return Promise.resolve('invalid');
  },
  'rest-book-html-login.response.html': (file) => booked('practice-rest')(file),
  'rest-book-ok-utf16.response.xml': (file) => restBooking(file),
  'rest-book-truncated.response.xml': (file) => booked('practice-rest')(file),
  'rest-slots-attrs.response.xml': (file) => {
    const document = parseXml(decodeXml(bytesOf(file)).text, {
      namespaces: { x: 'urn:his:sched:v2' },
      lists: ['x:slots/x:slot'],
    });
    const slots = valuesAt(document, 'x:slots/x:slot');
    expect(slots).toHaveLength(Number(expectOf(file)['slots']));
    expect(slots.flatMap((slot) => textsAt(slot, 'x:doctor'))).toEqual(['Müller, Jörg', 'Müller, Jörg']);
    const [first, second] = slots.flatMap((slot) => textsAt(slot, '@start'));
    expect([first, second]).toEqual(['2027-03-28T01:30', '2027-03-28T03:00']);
    // The night in which the clocks of Berlin skip an hour: half an hour lies between these two.
    const call = testCall({ adapter: 'xml-his', urls: [] });
    const instants = [first, second].map((time) => {
      const row = { 'h:IdAppointment': 'A', 'h:VisitStart': `${time ?? ''}:00`, 'h:VisitEnd': '2027-03-28T03:30:00' };
      return (
        call.map('regional-soap-slot', {
          row,
          providers: { externalId: '17' },
          locations: { externalId: '1' },
          timeZone: 'Europe/Berlin',
        }) as FoundSlot
      ).start;
    });
    expect(instants).toEqual(['2027-03-28T00:30:00Z', '2027-03-28T01:00:00Z']);
    return Promise.resolve('success');
  },
  'stringxml-broken-inner.response.xml': stringService,
  'stringxml-lock-fail.response.xml': stringService,
  'stringxml-slots-escaped.response.xml': stringService,
};

const nameOf = (file: string): string => file.replace('xml/', '');

if (corpus === undefined) {
  test('the sample corpus is not on this machine: set TESSERA_SAMPLES to its directory to replay it', () => {
    expect(process.env['TESSERA_SAMPLES']).toBeUndefined();
  });
} else {
  const files = corpus.entries.map(({ file }) => file);

  test('every sample is replayed', () => {
    expect(files.filter((file) => REPLAYS[nameOf(file)] === undefined)).toEqual([]);
    expect(files.length).toBeGreaterThanOrEqual(38);
  });

  describe('each sample comes to what the corpus expects', () => {
    test.each(files)('%s', async (file) => {
      const replay = REPLAYS[nameOf(file)];
      const { class_ } = expectOf(file);
      const wanted = typeof class_ === 'string' ? (CLASSES[class_] ?? class_) : 'as-written';
      expect(await replay?.(file)).toBe(wanted);
    });
  });
}
