/** Paths that lead out of where they belong. Nothing of this machine is ever in an answer. */
import { product, type Case, type Corpus, type Outcome } from './corpus.ts';
import type { Target } from './target.ts';

const UPS = [
  '../',
  '..\\',
  '..%2f',
  '..%5c',
  '%2e%2e/',
  '%2e%2e%2f',
  '%2e%2e%5c',
  '..%252f',
  '%252e%252e%252f',
  '..%c0%af',
  '%c0%ae%c0%ae/',
  '..%ef%bc%8f',
  '..%e2%88%95',
  '....//',
  '..;/',
  '.%00./',
  '%2e./',
  '.%2e/',
  '..//',
  '..%u2216',
  '%uff0e%uff0e/',
  '..%0d/',
  '..%09/',
  './../',
];
const FILES = [
  'etc/passwd',
  'root.key',
  'package.json',
  '.env',
  'proc/self/environ',
  '.git/config',
  'postgres/PG_VERSION',
  'etc/passwd%00.html',
  'windows/win.ini',
];
const PLACES = [
  '/',
  '/docs/',
  '/assets/',
  '/docs/swagger-ui/',
  '/v1/patients/',
  '/v1/appointments/',
  '/oauth/',
  '/.well-known/',
  '/inbound/',
  '/openapi.json/',
];
const ODD = [
  '//etc/passwd',
  '///etc/passwd',
  '/%2fetc/passwd',
  '/etc/passwd',
  '/./etc/passwd',
  '/%00',
  '/%',
  '/%zz',
  '/%e0%a4%a',
  '/%ff',
  '/~root',
  '/C:/boot.ini',
  '/\\\\host\\share',
  '/file:///etc/passwd',
  '/http://127.0.0.1:1/',
  '/v1/patients/%2e%2e/clients',
  '/v1//patients',
  '/V1/PATIENTS',
  '/v1/patients/',
  '/v1/patients;x=1',
  '/v1/patients%3f',
  '/v1/patients%23',
  '/v1/./patients',
  '/v1/patients/..',
  '/metrics/..',
  '/console/../v1/clients',
  '/__proto__',
  '/constructor',
  '/v1/patients/Canarylast',
  '/v1/patients?email=canary.mail.1@example.com',
  `/${'a/'.repeat(4_000)}`,
  `/${'%2e'.repeat(2_000)}`,
  '/index.php',
  '/wp-admin',
  '/actuator/env',
  '/debug/pprof',
  '/server-status',
  '/.DS_Store',
  '/node_modules/pg/package.json',
  '/src/main.ts',
  '/web/dist/../../root.key',
];

const OF_THIS_MACHINE = /root:[^:]*:0:0:|"name": "tessera"|\[core\]|^\d\d\n$|PATH=|; for 16-bit/m;

async function get(target: Target, path: string): Promise<Outcome> {
  const heard = await target.raw(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${target.hub.sandbox.tokens.admin}\r\nConnection: close\r\n\r\n`,
    10_000,
  );
  const [, status = ''] = /^HTTP\/1\.1 (\d{3}) /.exec(heard) ?? [];
  if (status === '') throw new Error(`was answered with ${JSON.stringify(heard.slice(0, 60))}`);
  target.judge(Number(status), heard);
  if (OF_THIS_MACHINE.test(heard.slice(heard.indexOf('\r\n\r\n') + 4)))
    throw new Error('a file of this machine was in the answer');
  return Number(status) < 400 ? 'taken' : 'refused';
}

export const paths: Corpus = {
  name: 'Path traversal',
  what: `${UPS.length} ways to write a way up, once and six times, from ${PLACES.length} places to ${FILES.length} files; doubled, absolute, encoded, cut, very long and well-known paths; by an admin`,
  at: 'the API’s port, bytes as they are',
  cases: () =>
    Promise.resolve(
      [
        ...product(product(PLACES, UPS), FILES).map(
          ([[place, up], file], nth) => place + up.repeat(nth % 2 === 0 ? 1 : 6) + file,
        ),
        ...ODD,
      ].map((path): Case => ({ name: path.slice(0, 80), run: (target) => get(target, path) })),
    ),
};
