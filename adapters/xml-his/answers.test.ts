/** What answers mean, besides the rows of conformance.ts: those that no table of a vendor lists, and on reads what is listed for writes only. */
import { describe, expect, test } from '@jest/globals';
import type { BookRequest, Connector } from '#adapter-kit';
import { answering, type Reply } from '../../test/support/answering-server.ts';
import { collect, testCall, type TestCall } from '../../test/support/call.ts';
import { comesTo } from '../../test/support/simulated-hospital.ts';
import { vera } from '../../test/unit/xml/two-ways.ts';
import { changedProfile, clientOf } from '../../test/unit/xml/profile-of-test.ts';
import { book } from './book.ts';
import adapter from './index.ts';

const booking: BookRequest = {
  slot: {
    externalId: '00000000000000001116',
    providerExternalId: '8117',
    locationExternalId: '27',
    start: '2027-05-03T08:00:00Z',
    end: '2027-05-03T08:15:00Z',
    timeZone: 'Europe/Moscow',
    mode: 'in-person',
    seat: 1,
    details: {},
  },
  patient: vera,
  mode: 'in-person',
  reason: null,
};

const XML = { 'content-type': 'text/xml; charset=utf-8' };
const SOAP11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const envelope = (body: string, namespace = SOAP11): string =>
  `<e:Envelope xmlns:e="${namespace}"><e:Body>${body}</e:Body></e:Envelope>`;
const result = (inner: string, method = 'SetAppointment'): string =>
  envelope(
    `<${method}Response xmlns="http://tempuri.org/"><${method}Result xmlns:b="http://schemas.datacontract.org/2004/07/HubService2">${inner}</${method}Result></${method}Response>`,
  );
const refusedWith = (code: string): string =>
  result(`<b:ErrorList><b:Error><b:IdError>${code}</b:IdError></b:Error></b:ErrorList><b:Success>false</b:Success>`);
const fault11 = (code: string, declares = ''): string =>
  envelope(`<e:Fault><faultcode ${declares}>${code}</faultcode><faultstring>x</faultstring></e:Fault>`);
const fault12 = (value: string, subcode = ''): string =>
  envelope(
    `<e:Fault><e:Code><e:Value>${value}</e:Value>${subcode}</e:Code><e:Reason><e:Text xml:lang="de">nein</e:Text><e:Text xml:lang="en">no</e:Text></e:Reason></e:Fault>`,
    SOAP12,
  );

const config = (endpoint: string) => ({
  profile: 'regional-soap',
  endpoint,
  timeZone: 'Europe/Moscow',
  values: { idLpu: '27' },
});

/** A site that answers everything so. */
async function atSite<T>(
  reply: Reply,
  work: (
    connector: Connector,
    call: TestCall,
    asked: readonly { headers: Record<string, unknown>; body: string }[],
  ) => Promise<T>,
): Promise<T> {
  await using site = await answering(() => reply);
  const connector = adapter.connect({ config: config(site.url), secrets: { password: 'pass<word>' } });
  return await work(connector, testCall({ adapter: 'xml-his', urls: [site.url] }), site.asked);
}

const bookedAt = (reply: Reply): Promise<string> =>
  atSite(reply, (connector, call) => comesTo(connector.book(call, booking)));
async function readAt(reply: Reply): Promise<string> {
  return atSite(reply, async (connector, call) => {
    const error: unknown = await collect(connector.listLocations?.(call)).catch((thrown: unknown) => thrown);
    return error instanceof Error && 'kind' in error && 'reason' in error
      ? `${String(error.kind)} ${String(error.reason)}`
      : 'no error';
  });
}

describe('the codes of the regional hub', () => {
  test.each([
    ['constructor', 'uncategorised unlisted-code'],
    ['Иванова Мария', 'uncategorised unlisted-code'],
  ])('%s is %s', async (code, outcome) => {
    expect(await bookedAt({ status: 200, headers: XML, body: refusedWith(code) })).toBe(outcome);
  });

  test('what stands where a code should be is not repeated, since it may be anything', async () => {
    const outcome = await atSite({ status: 200, headers: XML, body: refusedWith('Иванова Мария') }, (connector, call) =>
      connector.book(call, booking),
    );
    expect(outcome).toMatchObject({ vendorCode: 'unreadable-code' });
  });

  test('a refusal without any code is no success', async () => {
    expect(await bookedAt({ status: 200, headers: XML, body: result('<b:Success>false</b:Success>') })).toBe(
      'uncategorised unlisted-code',
    );
  });

  test('without its sign of success an answer is none, and one that says both is none', async () => {
    expect(await bookedAt({ status: 200, headers: XML, body: result('<b:IdHistory>1</b:IdHistory>') })).toBe(
      'uncategorised unlisted-code',
    );
    expect(
      await bookedAt({
        status: 200,
        headers: XML,
        body: result('<b:Success>true</b:Success><b:Success>false</b:Success>'),
      }),
    ).toBe('uncategorised unlisted-code');
  });

  test('the body speaks before the status', async () => {
    expect(await bookedAt({ status: 500, headers: XML, body: result('<b:Success>true</b:Success>') })).toBe('success');
  });
});

describe('SOAP faults', () => {
  test.each([
    [
      '1.1 Server with a subcode of its own',
      500,
      fault11('e:Server.userException'),
      'unknown soap-server-fault',
      'unavailable soap-server-fault',
    ],
    [
      '1.1 Server with status 200',
      200,
      fault11('e:Server'),
      'unknown soap-server-fault',
      'unavailable soap-server-fault',
    ],
    ['1.1 MustUnderstand', 500, fault11('e:MustUnderstand'), 'invalid soap-version', 'misconfigured soap-version'],
    [
      '1.1 any other code of WS-Security',
      500,
      fault11('w:UnsupportedSecurityToken', `xmlns:w="${WSSE}"`),
      'thrown unauthorised credentials-refused',
      'unauthorised credentials-refused',
    ],
    [
      'WCF InvalidSecurity',
      500,
      fault11('a:InvalidSecurity', 'xmlns:a="urn:wcf"'),
      'thrown unauthorised credentials-refused',
      'unauthorised credentials-refused',
    ],
    ['1.2 Sender', 400, fault12('e:Sender'), 'invalid soap-client-fault', 'misconfigured soap-client-fault'],
    ['1.2 VersionMismatch', 500, fault12('e:VersionMismatch'), 'invalid soap-version', 'misconfigured soap-version'],
    [
      '1.2 Sender with ActionNotSupported',
      400,
      fault12('e:Sender', '<e:Subcode><e:Value xmlns:a="urn:wsa">a:ActionNotSupported</e:Value></e:Subcode>'),
      'unsupported operation-not-offered',
      'misconfigured operation-not-offered',
    ],
    [
      '1.2 Sender behind a 401',
      401,
      fault12('e:Sender'),
      'thrown unauthorised credentials-refused',
      'unauthorised credentials-refused',
    ],
    ['a code that nobody lists', 500, fault11('e:Teapot'), 'uncategorised unlisted-fault', 'protocol unlisted-fault'],
  ])('%s', async (_, status, body, onWrite, onRead) => {
    expect(await bookedAt({ status, headers: XML, body })).toBe(onWrite);
    expect(await readAt({ status, headers: XML, body })).toBe(onRead);
  });

  test('a prefix means what the element around it says, not what it is called', async () => {
    const misleading = `<e:Envelope xmlns:e="${SOAP11}" xmlns:wsse="urn:something-else"><e:Body><e:Fault><faultcode xmlns:wsse="${SOAP11}">wsse:Server</faultcode></e:Fault></e:Body></e:Envelope>`;
    expect(await bookedAt({ status: 500, headers: XML, body: misleading })).toBe('unknown soap-server-fault');
  });
});

describe('answers that are none', () => {
  const PAGE = '<html><h1>Welcome</h1></html>';
  test.each([
    [
      'another page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: PAGE },
      'thrown protocol html-page',
      'protocol html-page',
    ],
    ['nothing', { status: 200, headers: XML, body: '' }, 'thrown protocol empty-reply', 'protocol empty-reply'],
    [
      'another document',
      { status: 200, headers: XML, body: '<other/>' },
      'thrown protocol unexpected-document',
      'protocol unexpected-document',
    ],
    [
      'a DOCTYPE',
      { status: 200, headers: XML, body: '<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>' },
      'thrown protocol reply-doctype',
      'protocol reply-doctype',
    ],
    ['a reset', 'reset', 'thrown protocol connection-lost', 'protocol connection-lost'],
    ['401', { status: 401, body: '' }, 'thrown unauthorised credentials-refused', 'unauthorised credentials-refused'],
    ['403', { status: 403, body: PAGE }, 'thrown unauthorised not-permitted', 'unauthorised not-permitted'],
    ['404', { status: 404, body: PAGE }, 'invalid endpoint-not-found', 'misconfigured endpoint-not-found'],
    ['415', { status: 415, body: '' }, 'invalid soap-version', 'misconfigured soap-version'],
    ['500', { status: 500, body: PAGE }, 'unknown server-error', 'unavailable server-error'],
    ['502', { status: 502, body: PAGE }, 'unknown gateway', 'unavailable gateway'],
    ['504', { status: 504, body: PAGE }, 'unknown gateway-timeout', 'unavailable gateway-timeout'],
    ['429', { status: 429, body: PAGE }, 'unknown rate-limit', 'unavailable rate-limit'],
    [
      '302',
      { status: 302, headers: { location: '/login' }, body: '' },
      'uncategorised unlisted-status',
      'protocol unlisted-status',
    ],
  ] as const)('%s', async (_, reply, onWrite, onRead) => {
    expect(await bookedAt(reply)).toBe(onWrite);
    expect(await readAt(reply)).toBe(onRead);
  });

  test('Retry-After is heeded in seconds and as a date', async () => {
    const at = (header: Record<string, string>) =>
      atSite({ status: 429, headers: header, body: '' }, (connector, call) => connector.book(call, booking));
    expect(await at({ 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7000 });
    expect(
      await at({ date: 'Mon, 03 May 2027 08:00:00 GMT', 'retry-after': 'Mon, 03 May 2027 08:00:30 GMT' }),
    ).toMatchObject({ retryAfterMs: 30_000 });
  });
});

describe('requests', () => {
  const OK = { status: 200, headers: XML, body: result('<b:Success>true</b:Success>') } as const;

  test('SOAP 1.1: text/xml, SOAPAction, the transaction in header and message', async () => {
    const [transactionId, asked] = await atSite(OK, async (connector, call, all) => {
      await connector.book(call, booking);
      return [call.transactionId, all[0]];
    });
    expect(asked?.headers).toMatchObject({
      'content-type': 'text/xml; charset=utf-8',
      soapaction: '"http://tempuri.org/IHubService/SetAppointment"',
      'x-correlation-id': transactionId,
    });
    expect(asked?.body).toContain(`<wsa:MessageID>urn:uuid:${transactionId}</wsa:MessageID>`);
    expect(asked?.body).toContain('<tem:idAppointment>00000000000000001116</tem:idAppointment>');
    expect(asked?.body).toContain('<tem:guid>pass&lt;word&gt;</tem:guid>');
  });

  test('a value can be nothing but text, whatever it contains', async () => {
    const mallory = { ...vera, externalId: '</tem:idPat><tem:idLpu>999</tem:idLpu><tem:idPat>' };
    const asked = await atSite(OK, async (connector, call, all) => {
      await connector.book(call, { ...booking, patient: mallory });
      return all[0];
    });
    expect(asked?.body).toContain(
      '<tem:idPat>&lt;/tem:idPat&gt;&lt;tem:idLpu&gt;999&lt;/tem:idLpu&gt;&lt;tem:idPat&gt;</tem:idPat>',
    );
  });

  async function askedBy(
    change: (text: string) => string,
  ): Promise<{ headers: Record<string, unknown>; body: string }> {
    await using site = await answering(() => OK);
    const client = clientOf(changedProfile('regional-soap', change), site.url);
    const call = testCall({ adapter: 'xml-his', urls: [site.url] });
    expect(await comesTo(book(client, call, booking))).toBe('success');
    expect(JSON.stringify(call.recorder.exchanges)).not.toContain('pass<word>');
    const [asked] = site.asked;
    if (asked === undefined) throw new Error('nothing was asked');
    return asked;
  }

  test('SOAP 1.2: one content type with the action in it, no SOAPAction', async () => {
    const { headers, body } = await askedBy((text) => text.replace("version: '1.1'", "version: '1.2'"));
    expect(headers['content-type']).toBe(
      'application/soap+xml; charset=utf-8; action="http://tempuri.org/IHubService/SetAppointment"',
    );
    expect(headers['soapaction']).toBeUndefined();
    expect(body).toContain(`<soap:Envelope xmlns:soap="${SOAP12}"`);
  });

  test('basic authentication', async () => {
    const { headers } = await askedBy((text) => text.replace('authentication: in-request', 'authentication: basic'));
    expect(headers['authorization']).toBe(`Basic ${Buffer.from('hub:pass<word>').toString('base64')}`);
  });

  test('a username token in plain text', async () => {
    const { body } = await askedBy((text) =>
      text.replace('authentication: in-request', 'authentication: username-token-text'),
    );
    expect(body).toContain('<wsse:Username>hub</wsse:Username>');
    expect(body).toMatch(/#PasswordText">pass&lt;word&gt;<\/wsse:Password>/);
    expect(body).toContain('soap:mustUnderstand="1"');
  });

  test('a username token as digest of nonce, time and password', async () => {
    const { body } = await askedBy((text) =>
      text.replace('authentication: in-request', 'authentication: username-token-digest'),
    );
    const part = (name: string): string => new RegExp(`<(?:wsse|wsu):${name}[^>]*>([^<]*)<`).exec(body)?.[1] ?? '';
    const { createHash } = await import('node:crypto');
    const digest = createHash('sha1')
      .update(Buffer.from(part('Nonce'), 'base64'))
      .update(part('Created'))
      .update('pass<word>')
      .digest('base64');
    expect(part('Password')).toBe(digest);
    expect(Math.abs(Date.parse(part('Created')) - Date.now())).toBeLessThan(60_000);
  });
});
