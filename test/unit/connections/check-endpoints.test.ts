import { expect, test } from '@jest/globals';
import { endpointProblems, endpointsOf } from '../../../src/connections/check-endpoints.ts';

const url = { type: 'string', format: 'uri' };
const schema = {
  type: 'object',
  properties: {
    baseUrl: url,
    tokenUrl: url,
    mirrors: { type: 'array', items: url },
    specialties: { type: 'array', items: { type: 'object', properties: { system: { type: 'string' } } } },
    listener: { type: 'object', properties: { host: { type: 'string' }, port: { type: 'integer' } } },
  },
};

test('endpoints are what the schema calls a URI, and hosts with ports; the names of code systems are none', () => {
  const config = {
    baseUrl: 'https://his.example.org/fhir',
    tokenUrl: 'https://his.example.org:443/token',
    mirrors: ['http://[fd12::1]:8080/x'],
    specialties: [{ system: 'http://snomed.info/sct' }],
    listener: { host: '10.1.2.3', port: 2575, tls: true },
    note: 'https://elsewhere.example.org',
  };
  expect(endpointsOf(config, schema)).toEqual([
    { host: 'his.example.org', port: 443, tls: true },
    { host: 'fd12::1', port: 8080, tls: false },
    { host: '10.1.2.3', port: 2575, tls: true },
  ]);
  expect(endpointProblems(config, schema, '/config')).toEqual([]);
});

test('a host may say which name its certificate has', () => {
  expect(endpointsOf({ host: 'h', port: 1, tls: true, serverName: 'his' }, {})).toEqual([
    { host: 'h', port: 1, tls: true, serverName: 'his' },
  ]);
});

test.each([
  'https://user:secret@his.example.org',
  'https://user@his.example.org',
  'ftp://his.example.org',
  'file:///etc/passwd',
  'urn:oid:1.2.3',
  'not a url',
])('%s is no endpoint', (baseUrl) => {
  const problems = endpointProblems({ baseUrl }, schema, '/config');
  expect(problems.map((each) => each.pointer)).toEqual(['/config/baseUrl']);
  expect(JSON.stringify(problems)).not.toContain('secret@');
});

test.each(['http://169.254.169.254/latest', 'http://0xa9fea9fe/', 'https://[fe80::1]/fhir', 'http://0.0.0.0:8080'])(
  '%s is no HIS: a connection to it is not made',
  (baseUrl) => {
    const problems = endpointProblems({ baseUrl }, schema, '/config');
    expect(problems).toEqual([
      { pointer: '/config/baseUrl', detail: expect.stringMatching(/^expected the address of a HIS, got a link-local/) },
    ]);
  },
);

test('nor is a listener at such an address', () => {
  const problems = endpointProblems({ listener: { host: '169.254.1.2', port: 2575 } }, schema, '/config');
  expect(problems.map(({ pointer }) => pointer)).toEqual(['/config/listener/host']);
  expect(endpointProblems({ host: '169.254.1.2', port: 2575 }, {}, '/config').map(({ pointer }) => pointer)).toEqual([
    '/config/host',
  ]);
});

test('a schema that says nothing of a member gives no endpoint, and no failure', () => {
  expect(endpointsOf({ a: { b: [null, 1, 'https://x.example'] } }, {})).toEqual([]);
});
