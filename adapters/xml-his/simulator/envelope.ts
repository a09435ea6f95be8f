/** SOAP answers: envelopes and faults, in the version of the request. Shapes of faults: WCF and ASP.NET. */
import type { SimulatedHis, VendorAnswer } from '#adapter-kit/simulator';
import { write, type Element } from './elements.ts';
import { habitsOf } from './quirks.ts';

type Version = '1.1' | '1.2';

const ENVELOPES = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const DISPATCHER = 'http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher';
const ADDRESSING = 'http://schemas.microsoft.com/ws/2005/05/addressing/none';

export const FAULTS = {
  'not-understood': {
    by: 'client',
    namespace: ENVELOPES['1.1'],
    code: 'Client',
    text: 'The message could not be read.',
  },
  action: {
    by: 'client',
    namespace: ADDRESSING,
    code: 'ActionNotSupported',
    text: 'The message cannot be processed at the receiver, due to an Action that is not supported.',
  },
  'header-action': {
    by: 'client',
    namespace: ENVELOPES['1.1'],
    code: 'Client',
    text: 'Server did not recognize the value of HTTP Header SOAPAction.',
  },
  security: {
    by: 'client',
    namespace: WSSE,
    code: 'InvalidSecurity',
    text: 'An error occurred when verifying security for the message.',
  },
  internal: {
    by: 'server',
    namespace: DISPATCHER,
    code: 'InternalServiceFault',
    text: 'The server was unable to process the request due to an internal error.',
  },
} as const;
export type FaultKind = keyof typeof FAULTS;

export function reply(his: SimulatedHis, version: Version, element: Element): VendorAnswer {
  return envelope(his.quirks.value('X5') === 'soap-1.2-answer' ? '1.2' : version, 200, write(element, habitsOf(his)));
}

export function fault(his: SimulatedHis, version: Version, kind: FaultKind, status?: number): VendorAnswer {
  const { by, namespace, code, text } = FAULTS[kind];
  const answered =
    his.quirks.value('X5') === 'fault-200' ? 200 : (status ?? (version === '1.2' && by === 'client' ? 400 : 500));
  if (version === '1.1') {
    const body = `<s:Fault><faultcode xmlns:a="${namespace}">a:${code}</faultcode><faultstring xml:lang="en-US">${text}</faultstring></s:Fault>`;
    return envelope('1.1', answered, body);
  }
  const value = by === 'client' ? 's:Sender' : 's:Receiver';
  const subcode =
    namespace === ENVELOPES['1.1'] ? '' : `<s:Subcode><s:Value xmlns:a="${namespace}">a:${code}</s:Value></s:Subcode>`;
  const body = `<s:Fault><s:Code><s:Value>${value}</s:Value>${subcode}</s:Code><s:Reason><s:Text xml:lang="en-US">${text}</s:Text></s:Reason></s:Fault>`;
  return envelope('1.2', answered, body);
}

function envelope(version: Version, status: number, body: string): VendorAnswer {
  const type = version === '1.1' ? 'text/xml' : 'application/soap+xml';
  return {
    status,
    headers: { 'content-type': `${type}; charset=utf-8` },
    body: `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ENVELOPES[version]}"><s:Body>${body}</s:Body></s:Envelope>`,
  };
}
