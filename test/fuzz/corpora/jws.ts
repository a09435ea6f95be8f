/** Tokens and client assertions that prove nothing: forged, damaged, or of another kind (the kinds of Wycheproof, RFC 8725). */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openHubKey } from '../../../src/ledger/hub-key.ts';
import { openRootWrapper } from '../../../src/ledger/key-wrapper.ts';
import { createSeal } from '../../../src/ledger/seal.ts';
import type { Case, Corpus, Outcome } from './corpus.ts';
import type { Target } from './target.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Whose tokens are forged: what a good one says, its key, and where one is shown. */
interface Genuine {
  readonly header: Claims;
  readonly claims: Claims;
  readonly key: KeyObject;
  readonly hash: string;
  /** Claims that make it worthless, though it is signed. */
  readonly worthless: readonly Claims[];
  show(target: Target, token: string): Promise<number>;
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const signed = (text: string, { key, hash }: Pick<Genuine, 'key' | 'hash'>): string =>
  sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
const token = (of: Genuine, header: unknown = of.header, claims: unknown = of.claims, key = of): string => {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signed(text, key)}`;
};

const strangers = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const strangersRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const STRANGER = { key: strangers.privateKey, hash: 'sha256' } as Genuine;

const ALGORITHMS =
  'none None NONE nOnE HS256 HS384 HS512 RS1 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES256K ES384 ES512 EdDSA Ed25519 dir A128KW RSA-OAEP ECDH-ES es256 ES256\u0000'.split(
    ' ',
  );

function* forged(of: Genuine): Generator<readonly [string, string]> {
  const good = token(of);
  const [head = '', body = '', signature = ''] = good.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  for (const alg of [...ALGORITHMS, '', null, 1, [], {}, ['none'], true].filter((each) => each !== of.header['alg']))
    for (const mark of ['', signature])
      yield [`alg ${JSON.stringify(alg)}`, `${encode({ ...of.header, alg })}.${body}.${mark}`];
  // The public key as a secret.
  const publicKey = createPublicKey(of.key);
  const secrets = [
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    publicKey.export({ type: 'spki', format: 'pem' }).toString().trim(),
    publicKey.export({ type: 'spki', format: 'der' }),
    JSON.stringify(publicKey.export({ format: 'jwk' })),
    JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid: of.header['kid'] }),
    '',
    'secret',
  ];
  for (const secret of secrets)
    for (const bits of [256, 384, 512]) {
      const text = `${encode({ ...of.header, alg: `HS${bits}` })}.${body}`;
      yield [
        `HS${bits} by what is public`,
        `${text}.${createHmac(`sha${bits}`, secret).update(text).digest('base64url')}`,
      ];
    }
  // Keys that are brought along, or are said to be elsewhere.
  const jwk = strangers.publicKey.export({ format: 'jwk' });
  const where = [
    'http://127.0.0.1:1/jwks',
    'https://attacker.example/jwks',
    'file:///etc/passwd',
    'data:application/json,{}',
  ];
  for (const more of [
    { jwk },
    { jwk, kid: undefined },
    { x5c: ['MIIB'] },
    ...where.flatMap((url) => [{ jku: url }, { x5u: url }]),
  ])
    yield [`header ${Object.keys(more).join(', ')}`, token(of, { ...of.header, ...more }, of.claims, STRANGER)];
  for (const kid of [
    '',
    null,
    0,
    [],
    {},
    '../../dev/null',
    "x' union select 'y",
    '/dev/null',
    '\u0000',
    'x'.repeat(4_000),
    '__proto__',
    'http://127.0.0.1:1/',
  ])
    yield [`kid ${JSON.stringify(kid).slice(0, 30)}`, token(of, { ...of.header, kid }, of.claims, STRANGER)];
  yield ['signed by a stranger', token(of, of.header, of.claims, STRANGER)];
  yield [
    'signed by a stranger by RSA',
    token(of, { ...of.header, alg: 'RS256' }, of.claims, { key: strangersRsa.privateKey, hash: 'sha256' } as Genuine),
  ];
  yield ['crit that nobody knows', token(of, { ...of.header, crit: ['x'], x: 1 })];
  yield ['crit that is empty', token(of, { ...of.header, crit: [] })];
  yield ['not encoded (b64)', token(of, { ...of.header, b64: false, crit: ['b64'] })];
  // The signature, damaged.
  for (let length = 0; length < bytes.length; length += 1)
    yield [`${length} bytes of the signature`, `${head}.${body}.${bytes.subarray(0, length).toString('base64url')}`];
  for (let at = 0; at < bytes.length; at += 1) {
    const other = Buffer.from(bytes);
    other[at] = (other[at] ?? 0) ^ (1 << (at % 8));
    yield [`byte ${at} of the signature`, `${head}.${body}.${other.toString('base64url')}`];
  }
  const half = bytes.length / 2;
  for (const [name, value] of [
    ['all zeros', Buffer.alloc(bytes.length)],
    ['all ones', Buffer.alloc(bytes.length, 0xff)],
    ['r alone', Buffer.concat([bytes.subarray(0, half), Buffer.alloc(half)])],
    ['s alone', Buffer.concat([Buffer.alloc(half), bytes.subarray(half)])],
    ['turned around', Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)])],
    ['in DER', sign(of.hash, Buffer.from(`${head}.${body}`), of.key)],
    ['longer', Buffer.concat([bytes, Buffer.alloc(1)])],
    ['twice', Buffer.concat([bytes, bytes])],
  ] as const)
    yield [`signature ${name}`, `${head}.${body}.${value.toString('base64url')}`];
  // The text, damaged: a sign of it, its parts, its form.
  for (const [part, text] of [
    ['header', head],
    ['claims', body],
  ] as const)
    for (let at = 0; at < text.length; at += 5) {
      const other = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
      yield [
        `sign ${at} of the ${part}`,
        part === 'header' ? `${other}.${body}.${signature}` : `${head}.${other}.${signature}`,
      ];
    }
  for (const shape of [
    '',
    '.',
    '..',
    '...',
    head,
    `${head}.`,
    `${head}.${body}`,
    `.${body}.${signature}`,
    `${head}..${signature}`,
    `${good}.`,
    `.${good}`,
    `${good}.${good}`,
    `${head}.${body}.${signature}.x.y`,
    `${good}==`,
    good.replaceAll('.', ','),
    'null.null.null',
    'e30.e30.',
    'x'.repeat(9_000),
  ])
    yield [`shape ${shape.slice(0, 12)} of ${shape.length}`, shape];
  for (const value of ['null', '[]', '1', '"x"', '{', '{}', '\u0000', '{"alg":"ES256"', '[{"alg":"none"}]']) {
    yield [`header ${value}`, `${encode(value)}.${body}.${signature}`];
    yield [`claims ${value}`, token(of, of.header, value)];
  }
  // A member twice: the first is read by some, the last by others.
  const twice = JSON.stringify(of.header).replace('{', '{"alg":"none",');
  yield ['alg twice', `${encode(twice)}.${body}.${signature}`];
  yield ['alg twice, none last', `${encode(JSON.stringify(of.header).replace('}', ',"alg":"none"}'))}.${body}.`];
  for (const claims of of.worthless)
    yield [`worthless: ${JSON.stringify(claims).slice(0, 60)}`, token(of, of.header, { ...of.claims, ...claims })];
}

const seconds = (more: number): number => Math.floor(Date.now() / 1_000) + more;
const TIMES: readonly Claims[] = [
  { exp: undefined },
  { exp: seconds(-3_600) },
  { exp: 0 },
  { exp: -1 },
  { exp: 'tomorrow' },
  { exp: null },
  { exp: String(seconds(200)) },
  { exp: [seconds(200)] },
  { nbf: seconds(3_600) },
  { nbf: 'now' },
];
const AUDIENCES: readonly Claims[] = [undefined, null, '', [], 'other', ['other'], {}, 1, 'TESSERA', 'tessera '].map(
  (aud) => ({ aud }),
);

/** A token of the hub itself, by its own key: whoever forges it may know everything but that. */
async function accessToken({ hub }: Target): Promise<Genuine> {
  const root = Buffer.from((await readFile(join(hub.dataDir, 'root.key'), 'utf8')).trim(), 'base64');
  const { db } = hub.database;
  const seal = createSeal(await openHubKey(db, await openRootWrapper(() => Promise.resolve([root]))));
  const { rows } = await db.query<{ kid: string; private_key: Buffer }>(
    'select kid, private_key from signing_key limit 1',
  );
  const [row] = rows;
  if (!row) throw new Error('the hub has no signing key');
  const jwk = JSON.parse(seal.open(`signing_key/${row.kid}/private_key`, row.private_key)) as JsonWebKey;
  const [header = '', claims = ''] = hub.sandbox.tokens.app.split('.');
  const read = (part: string): Claims => JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
  return {
    header: read(header),
    claims: read(claims),
    key: createPrivateKey({ key: jwk, format: 'jwk' }),
    hash: 'sha256',
    worthless: [
      ...TIMES,
      ...AUDIENCES,
      ...[undefined, null, '', 'https://other.example', ['x'], 1].map((iss) => ({ iss })),
      ...[undefined, null, '', 1, {}].map((sub) => ({ sub })),
      ...[undefined, null, '', 'root', 'ADMIN', ['admin'], 'app,admin', 1].map((role) => ({ role })),
      ...[undefined, null, '', 'x', 1, '*', ['x']].map((id) => ({ organization_id: id })),
    ],
    show: async (target, given) => (await target.ask('/v1/appointments', { token: given })).status,
  };
}

/** An assertion of a program that has registered its key. */
async function assertion(target: Target): Promise<Genuine> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: 'own', alg: 'ES384', use: 'sig' };
  const made = await target.ask('/v1/clients', {
    method: 'POST',
    role: 'admin',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'corpora' },
    body: JSON.stringify({ name: 'App', role: 'app', jwks: { keys: [jwk] } }),
  });
  if (made.status !== 201) throw new Error(`no client was made: ${made.text}`);
  const { id } = (JSON.parse(made.text) as { client: { id: string } }).client;
  let uses = 0;
  return {
    header: { alg: 'ES384', kid: 'own', typ: 'JWT' },
    get claims() {
      const endpoint = `${target.hub.sandbox.api}/oauth/token`;
      return { iss: id, sub: id, aud: endpoint, exp: seconds(200), jti: `jti-${(uses += 1)}` };
    },
    key: privateKey,
    hash: 'sha384',
    worthless: [
      ...TIMES.filter(({ nbf }) => nbf !== 'now'),
      ...AUDIENCES,
      { exp: seconds(3_600) },
      ...[undefined, null, '', 1, 'x'.repeat(300)].map((jti) => ({ jti })),
      ...['other', '', null, undefined, [id]].flatMap((other) => [{ iss: other }, { sub: other }]),
    ],
    show: async (shown, given) => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: given,
      });
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return (await shown.ask('/oauth/token', { method: 'POST', role: null, headers, body: form.toString() })).status;
    },
  };
}

async function mustRefuse(target: Target, of: Genuine, given: string): Promise<Outcome> {
  // What cannot stand in a header is not sent.
  const status = await of.show(target, given);
  if (status !== 400 && status !== 401) throw new Error(`was answered ${status}`);
  return 'refused';
}

const corpus = (name: string, what: string, at: string, open: (target: Target) => Promise<Genuine>): Corpus => ({
  name,
  what,
  at,
  async cases(target) {
    const of = await open(target);
    const control: Case = {
      name: 'a good one',
      async run() {
        const status = await of.show(target, token(of));
        if (status !== 200) throw new Error(`a good one was answered ${status}`);
        return 'taken';
      },
    };
    return [
      control,
      ...[...forged(of)].map(([each, given]): Case => ({ name: each, run: () => mustRefuse(target, of, given) })),
    ];
  },
});

const KINDS =
  'alg none and every other, the public key as a secret, keys brought along (jwk, jku, x5u, x5c), kid, crit, b64, signatures cut at each byte and changed in each, zeros, DER, signs of header and claims changed, shapes, members twice, claims that are worthless';
export const accessTokens = corpus('Access tokens', KINDS, 'GET /v1/appointments', accessToken);
export const clientAssertions = corpus('Client assertions', KINDS, 'POST /oauth/token', assertion);
