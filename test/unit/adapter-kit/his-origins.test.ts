import { describe, expect, test } from '@jest/globals';
import { HisRecorder } from '#adapter-kit';
import { answering } from '../../support/answering-server.ts';

const recorder = (...origins: string[]): HisRecorder =>
  new HisRecorder({ origins, responseBytesMax: 1_000, signal: AbortSignal.timeout(5_000) });
const CREDENTIALS = { headers: { authorization: 'Bearer secret' } };

describe('credentials of https://his.example.com leave for it and for nobody else:', () => {
  test.each([
    'https://his.example.com.evil.tld/fhir',
    'https://his.example.com@evil.tld/fhir',
    'https://his.example.com:443@evil.tld/',
    'https://evil.tld/?https://his.example.com',
    'https://evil.tld#@his.example.com',
    'https://evil.tld\\@his.example.com/',
    'https://his.example.com:8443/fhir',
    'http://his.example.com/fhir',
    'https://www.his.example.com/fhir',
    'https://his.example.co/fhir',
    'https://his.example.com./fhir',
    'https://hís.example.com/fhir',
    'ftp://his.example.com/fhir',
    'data:text/plain,his.example.com',
    'file:///etc/passwd',
  ])('not for %s', async (url) => {
    const his = recorder('https://his.example.com');
    await expect(his.fetch(url, CREDENTIALS)).rejects.toMatchObject({
      kind: 'misconfigured',
      reason: 'foreign-origin',
    });
    expect(his.exchanges).toEqual([]);
  });
});

test.each([301, 302, 303, 307, 308])('a redirect by %i is an answer, and nobody goes there', async (status) => {
  await using elsewhere = await answering(() => ({ status: 200, body: 'stolen' }));
  await using his = await answering(() => ({ status, headers: { location: `${elsewhere.url}/x` } }));
  const { fetch } = recorder(new URL(his.url).origin, new URL(elsewhere.url).origin);
  expect(await fetch(`${his.url}/fhir`, CREDENTIALS)).toMatchObject({ status, text: '' });
  expect(his.asked).toHaveLength(1);
  expect(elsewhere.asked).toEqual([]);
});

test('a reply that does not end is cut off', async () => {
  await using his = await answering(() => ({ status: 200, body: 'x'.repeat(1_001) }));
  const { fetch } = recorder(new URL(his.url).origin);
  await expect(fetch(his.url)).rejects.toMatchObject({ kind: 'protocol', reason: 'reply-too-large' });
});
