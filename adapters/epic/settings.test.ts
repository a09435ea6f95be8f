import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { settingsFrom } from './settings.ts';

const config = {
  baseUrl: 'https://his.example.org/interconnect-fhir',
  clientId: 'c',
  keyId: 'k',
  csnSystem: 'urn:oid:1.2',
  visitTypes: [{ system: 'urn:oid:1', code: '1', mode: 'in-person' }],
  specialties: [{ system: 'urn:oid:1', code: '9' }],
  probePatientId: 'p',
  defaultTimeZone: 'America/New_York',
};
const pem = (type: 'pkcs8' | 'pkcs1'): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type, format: 'pem' }).toString();
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

test('a key that cannot sign is refused when it is entered, by its name and without a word of it', () => {
  const wrong = [
    'nope',
    pem('pkcs1'),
    elliptic,
    '-----BEGIN PRIVATE KEY-----\nc3dvcmRmaXNo\n-----END PRIVATE KEY-----',
  ];
  for (const privateKey of wrong) {
    expect(() => settingsFrom({ config, secrets: { privateKey } })).toThrow(
      'the secret "privateKey" must be an RSA key in PKCS #8 PEM (BEGIN PRIVATE KEY)',
    );
  }
  const privateKey = pem('pkcs8');
  expect(settingsFrom({ config, secrets: { privateKey } }).privateKey).toBe(privateKey);
});
