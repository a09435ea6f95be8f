/** What people are shown of what went over the wire: its shape, and nothing of anybody. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskExchange, type Exchange } from '#adapter-kit';

const exchange = (some: Partial<Exchange>): Exchange => ({
  at: '2027-02-27T09:00:00.000Z',
  durationMs: 41,
  method: 'POST',
  url: 'https://his.example/FHIR/R4/Appointment',
  write: true,
  requestBody: null,
  status: 200,
  responseBody: null,
  failure: null,
  ...some,
});
const bodyOf = (requestBody: string): string => maskExchange(exchange({ requestBody })).requestBody ?? '';
const urlOf = (url: string): string => maskExchange(exchange({ url })).url;

describe('a body', () => {
  test('of FHIR keeps its members, and says what kind of thing it is', () => {
    const patient = {
      resourceType: 'Patient',
      active: true,
      identifier: [{ system: 'urn:oid:1.2.3', use: 'usual', value: 'MRN-4711' }],
      name: [{ family: 'Müller-Lüdenscheidt', given: ['Zoë'] }],
      birthDate: '1980-01-02',
      multipleBirthInteger: 2,
    };
    expect(JSON.parse(bodyOf(JSON.stringify(patient)))).toEqual({
      resourceType: 'Patient',
      active: true,
      identifier: [{ system: 'urn:oid:1.2.3', use: 'xxxxx', value: 'xxx-0000' }],
      name: [{ family: 'xxxxxx-xxxxxxxxxxxx', given: ['xxx'] }],
      birthDate: '0000-00-00',
      multipleBirthInteger: 0,
    });
  });

  test('with a refusal keeps the code of each issue, and not its words', () => {
    const issue = [
      { severity: 'error', code: 'conflict', diagnostics: 'Roy has a visit then', details: { code: 'E11.9' } },
    ];
    expect(JSON.parse(bodyOf(JSON.stringify({ resourceType: 'OperationOutcome', issue })))).toEqual({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'conflict', diagnostics: 'xxx xxx x xxxxx xxxx', details: { code: 'x00.0' } }],
    });
  });

  test('a name where a status should be is masked', () => {
    expect(bodyOf('{"status":"Ana Roy, 1990"}')).toContain('xxx xxx, 0000');
  });

  test('of XML keeps elements, attributes and namespaces', () => {
    const xml =
      '<?xml version="1.0"?><s:Body xmlns:s="http://soap.example/"><!-- for Roy --><Name id="17">Ana &amp; Roy</Name><b><![CDATA[Roy<]]></b></s:Body>';
    expect(bodyOf(xml)).toBe(
      '<?xml version="0.0"?><s:Body xmlns:s="http://soap.example/"><!-- xxx xxx --><Name id="00">xxx &xxx; xxx</Name><b><![CDATA[xxx<]]></b></s:Body>',
    );
  });

  test('of HL7 v2 keeps its segments and keys', () => {
    const message = 'MSH|^~\\&|HUB|HUB|HIS|HIS|20270301090000+0000||SIU^S12|Q1|P|2.5.1\rPID|1||4711^^^HIS^MR||Roy^Ana';
    expect(bodyOf(message)).toMatch(/^MSH\|.*\|Q1\|P\|2\.5\.1\nPID\|1\|\|0000\^\^\^xxx\^xx\|\|xxx\^xxx$/);
  });

  test('of no known kind is masked as a text', () => {
    expect(bodyOf('name=Roy&born=1990')).toBe('xxxx=xxx&xxxx=0000');
    expect(bodyOf('MSH, says Roy')).toBe('xxx, xxxx xxx');
  });
});

test('an address keeps its place and the names of its parameters', () => {
  expect(urlOf('https://his.example:8443/api/FHIR/R4/Appointment/$book?patient=e17&start=ge2027-01-01')).toBe(
    'https://his.example:8443/api/FHIR/R4/Appointment/$book?patient=x00&start=xx0000-00-00',
  );
  expect(urlOf('https://his.example/R4/Patient/erXuFYUfucBZ')).toBe('https://his.example/R4/Patient/xxxxxxxxxxxx');
  expect(urlOf('https://his.example/people/Ana%20Roy')).toBe('https://his.example/people/xxx xxx');
  expect(urlOf('mllp://his.example:2575')).toBe('mllp://his.example:2575');
});

/** Of letters that no place, member or element of the bodies below has. */
const secret = fc.stringMatching(/^[QJZ]{6}[0-9]{4}[ÄÖß]{2}$/);

test('no text of anybody survives, wherever it stands', () => {
  fc.assert(
    fc.property(secret, fc.nat({ max: 10 }), (name, place) => {
      const bodies = [
        JSON.stringify({
          a: [{ status: name, system: `${name} ${name}`, code: name, text: { div: `<p>${name}</p>` } }],
        }),
        `{"broken": "${name}`,
        `<a b="${name}" c='${name}'>${name}<d>${name}</d></a>`,
        `<a>${name} < ${name} > <b`,
        `<a ${name}><!-- ${name} --><![CDATA[${name}]]><!DOCTYPE ${name}>`,
        `MSH|^~\\&|A|A|B|B|20270301||SIU^S12|1|P|2.5.1\rPID|1||${name}||${name}^${name}\rNTE|1||${name}\rSCH||1|||||${name}`,
        `${name}=${name}`,
        `<a b="<${name}>">x</a>`,
        `<a>x <${name}> y</a>`,
        `MSH|^~\\&|A|A|B|B|20270301|${name}|ACK|1|P|2.5.1\rMSA|AE|1|${name}\rERR|||207^${name}|E|${name}1234567890^${name}|${name}`,
        JSON.stringify({ error: name, use: name, status: name.slice(0, 6), severity: name }),
      ];
      const shown = JSON.stringify(
        maskExchange(
          exchange({
            requestBody: bodies[place] ?? '',
            responseBody: bodies[place] ?? '',
            url: `https://his.example/${place % 2 === 0 ? 'Patient' : 'patients'}/${encodeURIComponent(name)}?name=${encodeURIComponent(name)}&${encodeURIComponent(name)}`,
          }),
        ),
      );
      expect(shown).not.toContain(name);
      expect(shown).not.toMatch(/[QJZ]{6}/);
    }),
    { numRuns: 800 },
  );
});
