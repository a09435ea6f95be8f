import { expect, test } from '@jest/globals';
import { AdapterError, HisRecorder } from '#adapter-kit';
import { originsOf } from '../../../src/connections/make-call.ts';

const recorder = (config: Readonly<Record<string, unknown>>): HisRecorder =>
  new HisRecorder({ origins: originsOf(config), responseBytesMax: 1_000, signal: AbortSignal.timeout(5_000) });

test('a host with its port names an origin, wherever it stands in the settings, and no other', () => {
  expect(
    originsOf({ host: 'His.Example', port: 2575, tls: { serverName: 'x' }, url: 'https://a.example/x' }).toSorted(),
  ).toEqual(['https://a.example', 'mllp://his.example:2575']);
  expect(originsOf({ lines: [{ host: '::1', port: 1 }], host: 'x' })).toEqual(['mllp://[::1]:1']);
  const cloud = ['http://169.254.169.254/latest', 'http://[fe80::1]:80/', 'https://0xa9fea9fe/'];
  expect(originsOf({ host: '0xa9fea9fe', port: 1, cloud })).toEqual([]);
  expect(originsOf({ host: 'no host', port: 1 })).toEqual(['mllp://no host:1']);
  expect(originsOf({ host: 'x', port: '1', other: 'urn:oid:1.2' })).toEqual([]);
});

test.each(['mllp://his.example:2576', 'mllp://other.example:2575', 'https://his.example:2575'])(
  '%s is refused',
  (url) => {
    const { begin } = recorder({ host: 'his.example', port: 2575 });
    const send = (): unknown => begin({ method: 'MLLP', url, write: true, body: '' });
    expect(send).toThrow(AdapterError);
    expect(send).toThrow(expect.objectContaining({ kind: 'misconfigured', reason: 'foreign-origin' }));
  },
);

test('a write counts as sent from its first byte, a question never', () => {
  const one = recorder({ host: 'his.example', port: 2575 });
  const request = { method: 'MLLP', url: 'mllp://his.example:2575', body: 'x'.repeat(100_000) };
  const question = one.begin({ ...request, write: false });
  question.sending();
  expect(one.writeSent).toBe(false);
  const write = one.begin({ ...request, write: true });
  expect(one.writeSent).toBe(false);
  write.sending();
  expect(one.writeSent).toBe(true);
  write.failed('ACK_TIMEOUT');
  question.answered('answer');
  expect(one.exchanges).toEqual([
    expect.objectContaining({ write: true, failure: 'ACK_TIMEOUT', responseBody: null, status: null }),
    expect.objectContaining({ write: false, failure: null, responseBody: 'answer' }),
  ]);
  expect(one.exchanges[0]?.requestBody).toHaveLength(65_536);
});
