/** Families of XML HIS that no shipped profile speaks, spoken through a profile of the test: a document inside a text, REST in attributes. */
import { describe, expect, test } from '@jest/globals';
import { answering } from '../../support/answering-server.ts';
import { testCall } from '../../support/call.ts';
import { changedProfile, clientOf } from './profile-of-test.ts';

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The lookup of the regional profile, answered as a string-in, string-out service does. */
async function asked(inner: string, write = false): Promise<unknown> {
  const profile = changedProfile('regional-soap', (text) =>
    text
      .replace("success: [{ path: h:Success, equals: 'true' }]", "success: [{ path: h:ResultCode, in: ['0'] }]")
      .replace('codePaths: [h:ErrorList/h:Error/h:IdError]', 'codePaths: [h:ResultCode]')
      .replace("    '20':", "    '-201': { class: conflict, reason: slot-taken }\n    '20':")
      .replace('h: [http', 'd: http://www.dhcc.com.cn\n  h: [http')
      .replace(
        'result: t:GetPatientHistoryResponse/t:GetPatientHistoryResult',
        'result: d:HIPMessageServerResponse\n    inner: d:HIPMessageServerResult',
      )
      .replace('GetPatientHistory\n    request', `GetPatientHistory\n    write: ${String(write)}\n    request`),
  );
  const body = `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><HIPMessageServerResponse xmlns="http://www.dhcc.com.cn"><HIPMessageServerResult>${inner}</HIPMessageServerResult></HIPMessageServerResponse></s:Body></s:Envelope>`;
  await using site = await answering(() => ({
    status: 200,
    headers: { 'content-type': 'text/xml; charset=utf-8' },
    body,
  }));
  const client = clientOf(profile, site.url);
  const call = testCall({ adapter: 'xml-his', urls: [site.url] });
  const input = { slot: { locationExternalId: '27' }, patient: { externalId: '1' } };
  return await client.ask(call, client.operation('lookup'), input).catch((error: unknown) => error);
}

const DOCUMENT = '<?xml version="1.0" encoding="gbk"?><Response><ResultCode>0</ResultCode><Id>6||12</Id></Response>';

describe('a document inside a text', () => {
  test('is read, escaped and as CDATA, whatever encoding it declares', async () => {
    const expected = { kind: 'done', result: { 'h:ResultCode': '0', 'h:Id': '6||12' } };
    expect(await asked(escaped(DOCUMENT))).toEqual(expected);
    expect(await asked(`<![CDATA[${DOCUMENT}]]>`)).toEqual(expected);
  });

  test('says by its code alone what it means', async () => {
    const refused = await asked(
      escaped('<Response><ResultCode>-201</ResultCode><ResultContent>号源已被占用</ResultContent></Response>'),
    );
    expect(refused).toEqual({
      kind: 'refused',
      refusal: { class: 'conflict', reason: 'slot-taken', vendorCode: '-201' },
    });
  });

  test.each([
    ['cut off', '<Response><ResultCode>0</ResultCode>', 'unreadable-reply'],
    ['with a DOCTYPE', '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', 'reply-doctype'],
    ['that is too deep', '<a>'.repeat(200) + '</a>'.repeat(200), 'reply-too-deep'],
    ['that is none', '', 'unreadable-reply'],
  ])('%s is refused as the one around it would be', async (_, inner, reason) => {
    expect(await asked(escaped(inner), true)).toMatchObject({ kind: 'protocol', reason });
  });
});
