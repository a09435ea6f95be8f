/**
 * What the regional hub says, and what the hub makes of it: each row is played over a real socket by the conformance suite, which
 * examines the practice system, too, as an adapter of its own. Sources: README.md.
 */
import type { PlayedAnswer, VendorReply, VendorWords } from '#adapter-kit';
import { SOAP_NAMESPACES, WSSE } from './soap.ts';
import { practiceConfig } from './simulator.ts';

export const variants = { 'practice-rest': practiceConfig };

const XML = { 'content-type': 'text/xml; charset=utf-8' };
const DATA = 'http://schemas.datacontract.org/2004/07/HubService2';
/** Enough for a request to come and go, on a busy machine, too. */
const NO_ANSWER_MS = 3_000;

const envelope = (body: string, version: '1.1' | '1.2' = '1.1'): string =>
  `<e:Envelope xmlns:e="${SOAP_NAMESPACES[version]}"><e:Body>${body}</e:Body></e:Envelope>`;
const said = (body: string, status = 200): VendorWords => ({ status, headers: XML, body });

/** `Success` false, with a code of the hub's own. */
const refusal = (code: string, method = 'SetAppointment'): string =>
  envelope(
    `<${method}Response xmlns="http://tempuri.org/"><${method}Result xmlns:b="${DATA}"><b:ErrorList><b:Error><b:IdError>${code}</b:IdError></b:Error></b:ErrorList><b:Success>false</b:Success></${method}Result></${method}Response>`,
  );
const fault11 = (code: string, declares = ''): VendorWords =>
  said(envelope(`<e:Fault><faultcode ${declares}>${code}</faultcode><faultstring>x</faultstring></e:Fault>`), 500);
const fault12 = (code: string, status: number): VendorWords =>
  said(
    envelope(
      `<e:Fault><e:Code><e:Value>e:${code}</e:Value></e:Code><e:Reason><e:Text xml:lang="en">no</e:Text></e:Reason></e:Fault>`,
      '1.2',
    ),
    status,
  );

const LOGIN = '<!DOCTYPE html><html><title>Sign in</title><form action="/login"><input name="user"></form></html>';
const page = (body: string, status = 200): VendorWords => ({ status, headers: { 'content-type': 'text/html' }, body });

const row = (signal: string, during: PlayedAnswer['during'], answer: VendorReply, means: string): PlayedAnswer => ({
  signal,
  during,
  answer,
  means,
});
const booked = (signal: string, answer: VendorReply, means: string): PlayedAnswer =>
  row(`${signal}, on SetAppointment`, 'book', answer, means);
const code = (number: string, means: string): PlayedAnswer => booked(number, said(refusal(number)), means);
const read = (signal: string, answer: VendorReply, means: string): PlayedAnswer =>
  row(`${signal}, on a list`, 'find-slots', answer, means);

const SECURITY = `xmlns:w="${WSSE}"`;

const answers: readonly PlayedAnswer[] = [
  code('39', 'conflict slot-taken'),
  code('35', 'conflict patient-already-booked'),
  code('38', 'not-found slot-unknown'),
  code('75', 'not-found unknown-appointment'),
  code('22', 'invalid civil-record-mismatch'),
  code('33', 'invalid wrong-specialty'),
  code('34', 'invalid age-restriction'),
  code('36', 'invalid patient-not-attached'),
  code('310', 'invalid patient-not-attached'),
  code('99', 'invalid refused-without-reason'),
  code('4711', 'uncategorised unlisted-code'),
  booked('39 with status 500', said(refusal('39'), 500), 'conflict slot-taken'),
  row('39 on SetAppointment with idAppointmentPrev', 'reschedule', said(refusal('39')), 'conflict slot-taken'),
  row(
    '75 on CreateClaimForRefusal, and the appointment stands',
    'cancel',
    said(refusal('75', 'CreateClaimForRefusal')),
    'invalid still-booked',
  ),
  booked('SOAP 1.1 Client', fault11('e:Client'), 'invalid soap-client-fault'),
  booked('SOAP 1.2 Sender', fault12('Sender', 400), 'invalid soap-client-fault'),
  booked('SOAP 1.1 MustUnderstand', fault11('e:MustUnderstand'), 'invalid soap-version'),
  booked('SOAP 1.2 VersionMismatch', fault12('VersionMismatch', 500), 'invalid soap-version'),
  booked('SOAP 1.1 Server', fault11('e:Server'), 'unknown soap-server-fault'),
  booked('SOAP 1.1 Server with status 200', { ...fault11('e:Server'), status: 200 }, 'unknown soap-server-fault'),
  booked('SOAP 1.2 Receiver', fault12('Receiver', 500), 'unknown soap-server-fault'),
  booked('wsse:FailedAuthentication', fault11('w:FailedAuthentication', SECURITY), 'auth credentials-refused'),
  booked('wsse:InvalidSecurityToken', fault11('w:InvalidSecurityToken', SECURITY), 'auth credentials-refused'),
  booked('a:InvalidSecurity', fault11('a:InvalidSecurity', 'xmlns:a="urn:wcf"'), 'auth credentials-refused'),
  booked('a fault that is not listed', fault11('e:Teapot'), 'uncategorised unlisted-fault'),
  booked('a login page with status 200', page(LOGIN), 'auth login-page'),
  booked('nothing with status 200', said(''), 'unknown empty-reply'),
  booked('half an answer', said(refusal('39').slice(0, 150)), 'unknown unreadable-reply'),
  booked('a connection that ends instead of an answer', 'cut', 'unknown connection-lost'),
  { ...booked('no answer', 'silence', 'unknown deadline'), deadlineMs: NO_ANSWER_MS },
  booked('500 of a gateway', page('<html></html>', 500), 'unknown server-error'),
  booked('502 of a gateway', page('<html></html>', 502), 'unknown gateway'),
  read('SOAP 1.1 Client', fault11('e:Client'), 'invalid soap-client-fault'),
  read('SOAP 1.1 Server', fault11('e:Server'), 'transient soap-server-fault'),
  read('SOAP 1.2 Receiver', fault12('Receiver', 500), 'transient soap-server-fault'),
  read('wsse:FailedAuthentication', fault11('w:FailedAuthentication', SECURITY), 'auth credentials-refused'),
  read('a login page with status 200', page(LOGIN), 'auth login-page'),
  read('half an answer', said(refusal('39').slice(0, 150)), 'transient unreadable-reply'),
];

export default answers;
