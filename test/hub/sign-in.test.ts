/** People sign in as a browser does: redirects, cookies and forms over real HTTP; a code for tokens by PKCE. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { Secret, TOTP } from 'otpauth';
import { createUser, resetUser, changeUser } from '../../src/commands/users.ts';
import type { Caller, Role } from '../../src/domain/index.ts';
import { makeFirstAdmin, rotateSigningKey } from '../../src/identity/index.ts';
import { startApi, type ApiInProcess } from '../support/api-in-process.ts';
import { Browser, type Page } from '../support/browser.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';

let api: ApiInProcess;
let clinic: Clinic;
let admin: Caller;
beforeAll(async () => {
  api = await startApi();
  clinic = await createClinic(api.database.db);
  admin = clinic.caller('admin');
}, 60_000);
afterAll(() => api.stop());

interface Attempt {
  readonly browser: Browser;
  readonly verifier: string;
  readonly page: Page;
}

async function begin(changes: Readonly<Record<string, string>> = {}, browser = new Browser(api.url)): Promise<Attempt> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: 'console',
    response_type: 'code',
    redirect_uri: `${api.url}/signed-in`,
    scope: 'openid profile email',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  });
  return {
    browser,
    verifier,
    page: await browser.follow(`/oauth/authorize?${query.toString()}`, undefined, '/signed-in'),
  };
}

interface Tokens {
  readonly status: number;
  readonly body: {
    readonly access_token: string;
    readonly refresh_token: string;
    readonly id_token: string;
    readonly error?: string;
  };
}

async function token(form: Readonly<Record<string, string>>): Promise<Tokens> {
  const response = await fetch(`${api.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'console', ...form }),
  });
  return { status: response.status, body: (await response.json()) as Tokens['body'] };
}

const codeIn = (page: Page): string =>
  new URL(page.headers.get('location') ?? '', api.url).searchParams.get('code') ?? '';
const exchange = (page: Page, verifier: string): Promise<Tokens> =>
  token({
    grant_type: 'authorization_code',
    code: codeIn(page),
    code_verifier: verifier,
    redirect_uri: `${api.url}/signed-in`,
  });
const submit = ({ browser, page }: Attempt, form: Readonly<Record<string, string>>): Promise<Page> =>
  browser.follow(page.path, form, '/signed-in');

/** Codes are accepted once: each call takes the next step of time. */
let ahead = 0;
const codeOf = (secret: string): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + (ahead % 2) * 30_000 });

let serial = 0;
async function newUser(role: Exclude<Role, 'app'>, more: object = {}) {
  const email = `person-${(serial += 1)}@a.example`;
  const { id, temporaryPassword } = await createUser(api.database.db, admin, { email, name: 'Kim', role, ...more });
  return { id, email, password: temporaryPassword };
}
const CHOSEN = 'correct horse battery staple';

/** From the first sign-in to tokens: chosen password, authenticator app. */
async function firstSignIn(role: 'support' | 'engineer' | 'admin', more: object = {}) {
  const user = await newUser(role, more);
  const attempt = await begin();
  await submit(attempt, { step: 'password', email: user.email, password: user.password });
  const enrolment = await submit(attempt, { step: 'new-password', password: CHOSEN, repeated: CHOSEN });
  const secret = /<code>([A-Z2-7]+)<\/code>/.exec(enrolment.text)?.[1] ?? '';
  const done = await submit(attempt, { step: 'code', code: codeOf(secret) });
  return { ...user, ...attempt, enrolment, secret, done, tokens: await exchange(done, attempt.verifier) };
}

const call = (path: string, accessToken: string): Promise<Response> =>
  fetch(api.url + path, { headers: { authorization: `Bearer ${accessToken}` } });

test('the first sign-in chooses a password, sets up an authenticator app, and ends with tokens that the API takes', async () => {
  const { page, enrolment, done, tokens, email, id } = await firstSignIn('support');
  expect([page.title, enrolment.title]).toEqual(['Sign in', 'Set up your second factor']);
  expect(enrolment.text).toContain('<svg');
  expect(new URL(done.headers.get('location') ?? '', api.url).searchParams.get('state')).toBe('a-state');
  expect(tokens.status).toBe(200);
  expect(decodeJwt(tokens.body.id_token)).toMatchObject({
    iss: api.url,
    aud: 'console',
    sub: id,
    nonce: 'a-nonce',
    email,
    role: 'support',
    organization_id: clinic.organizationId,
  });
  const claims = decodeJwt(tokens.body.access_token);
  expect(claims).toMatchObject({ sub: id, role: 'support', organization_id: clinic.organizationId });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(300);
  expect((await call('/v1/connections', tokens.body.access_token)).status).toBe(200);
  expect((await call('/v1/users', tokens.body.access_token)).status).toBe(403);
  expect((await call('/v1/connections', tokens.body.id_token)).status).toBe(401);
});

test('every page is plain: no script may run, nothing is kept, nobody may frame it', async () => {
  const { page } = await begin();
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/default-src 'none'/);
  expect(policy).not.toMatch(/script-src|unsafe/);
  expect(policy).toMatch(/frame-ancestors 'none'/);
  expect(page.text).not.toMatch(/<script|<style| on\w+=| style=/);
  expect(page.headers.get('cache-control')).toBe('no-store');
  const style = await new Browser(api.url).send('/oauth/sign-in.css');
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
});

test('the cookies are for this site only, and out of reach of scripts', async () => {
  const response = await fetch(
    `${api.url}/oauth/authorize?client_id=console&response_type=code&redirect_uri=${api.url}/signed-in&scope=openid&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256`,
    { redirect: 'manual' },
  );
  const cookies = response.headers.getSetCookie();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) expect(cookie).toMatch(/samesite=lax.*httponly/i);
});

test('whoever comes back gives password and code; a code is good once', async () => {
  const { email, secret } = await firstSignIn('engineer');
  ahead = 1;
  const code = codeOf(secret);
  const second = await begin();
  const asked = await submit(second, { step: 'password', email, password: CHOSEN });
  expect(asked.title).toBe('Second factor');
  expect((await exchange(await submit(second, { step: 'code', code }), second.verifier)).status).toBe(200);
  ahead = 0;

  const third = await begin();
  await submit(third, { step: 'password', email, password: CHOSEN });
  const refused = await submit(third, { step: 'code', code });
  expect([refused.title, refused.wrong]).toEqual(['Second factor', expect.stringContaining('used before')]);
});

test('a session that is open signs in again without asking; signed out, it asks', async () => {
  const { browser, tokens } = await firstSignIn('support');
  const again = await begin({}, browser);
  expect(codeIn(again.page)).not.toBe('');
  expect((await exchange(again.page, again.verifier)).status).toBe(200);

  const asked = await browser.send(
    `/oauth/sign-out?id_token_hint=${tokens.body.id_token}&post_logout_redirect_uri=${encodeURIComponent(`${api.url}/`)}`,
  );
  expect(asked.title).toBe('Sign out?');
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)?.[1] ?? '';
  const out = await browser.send('/oauth/sign-out/confirm', { xsrf, logout: 'yes' });
  expect(out.headers.get('location')).toBe(`${api.url}/`);
  expect((await begin({}, browser)).page.title).toBe('Sign in');
  expect((await token({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token })).status).toBe(400);
});

test('a refresh token is good once; used twice, the whole sign-in ends', async () => {
  const { tokens } = await firstSignIn('support');
  const first = await token({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token });
  expect(first.status).toBe(200);
  expect((await call('/v1/connections', first.body.access_token)).status).toBe(200);
  expect(await token({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token })).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  });
  expect((await token({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token })).status).toBe(400);
});

test('who does nothing for half an hour is signed out: session and refresh token end then', async () => {
  const { id, browser, tokens } = await firstSignIn('support');
  const { rows } = await api.database.db.query<{ model: string; seconds: number }>(
    `select model, extract(epoch from expires_at - now())::float8 as seconds from identity_record
     where account_id = $1 and model in ('Session', 'RefreshToken') order by model`,
    [id],
  );
  expect(rows.map(({ model }) => model)).toEqual(['RefreshToken', 'Session']);
  for (const { seconds } of rows) {
    expect(seconds).toBeGreaterThan(1_700);
    expect(seconds).toBeLessThanOrEqual(1_800);
  }
  await api.database.db.query(
    `update identity_record set expires_at = now() where account_id = $1 and model in ('Session', 'RefreshToken')`,
    [id],
  );
  expect((await token({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token })).status).toBe(400);
  expect((await begin({}, browser)).page.title).toBe('Sign in');
});

test('who is switched off or reset gets no token any more', async () => {
  for (const end of [changeUserOff, resetUserOf]) {
    const { id, tokens } = await firstSignIn('support');
    await end(id);
    expect((await token({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token })).status).toBe(400);
  }
});
const changeUserOff = (id: string): Promise<unknown> => changeUser(api.database.db, admin, id, { state: 'disabled' });
const resetUserOf = (id: string): Promise<unknown> => resetUser(api.database.db, admin, id);

test('a code is worth nothing without the verifier that was begun with, and nothing a second time', async () => {
  const { email, secret } = await firstSignIn('support');
  ahead = 1;
  const attempt = await begin();
  await submit(attempt, { step: 'password', email, password: CHOSEN });
  const done = await submit(attempt, { step: 'code', code: codeOf(secret) });
  ahead = 0;
  expect((await exchange(done, randomBytes(32).toString('base64url'))).status).toBe(400);
  expect((await exchange(done, attempt.verifier)).status).toBe(200);
  expect((await exchange(done, attempt.verifier)).status).toBe(400);
});

test.each([
  ['without PKCE', { code_challenge: '', code_challenge_method: '' }],
  ['with a plain challenge', { code_challenge_method: 'plain' }],
  ['for another address', { redirect_uri: 'https://evil.example/signed-in' }],
  ['for an unknown client', { client_id: 'somebody' }],
  ['for tokens in the address', { response_type: 'token' }],
])('a sign-in %s is refused', async (_, changes) => {
  const filled = Object.fromEntries(Object.entries(changes));
  const { page } = await begin(filled);
  const location = page.headers.get('location') ?? '';
  expect(location).not.toMatch(/evil|code=/);
  expect(page.title === 'That did not work' || /error=/.test(location)).toBe(true);
});

test('wrong passwords say nothing about who has an account, and after ten of them the right one has to wait', async () => {
  const user = await newUser('support');
  const attempt = await begin();
  const unknown = await submit(attempt, { step: 'password', email: 'nobody@a.example', password: 'wrong' });
  for (let count = 0; count < 10; count += 1) {
    const wrong = await submit(attempt, { step: 'password', email: user.email, password: 'wrong' });
    expect([wrong.title, wrong.wrong]).toEqual(['Sign in', unknown.wrong]);
  }
  expect((await submit(attempt, { step: 'password', email: user.email, password: user.password })).wrong).toBe(
    unknown.wrong,
  );
  await api.database.db.query('update account set locked_until = now() where id = $1', [user.id]);
  expect((await submit(attempt, { step: 'password', email: user.email, password: user.password })).title).toBe(
    'Choose a password',
  );
});

test.each([
  ['too short', 'short'],
  ['all alike', 'aaaaaaaaaaaaaaaa'],
])('a password that is %s is not taken, and neither is a step skipped', async (_, password) => {
  const user = await newUser('support');
  const attempt = await begin();
  await submit(attempt, { step: 'password', email: user.email, password: user.password });
  expect((await submit(attempt, { step: 'code', code: '123456' })).title).toBe('Choose a password');
  expect((await submit(attempt, { step: 'new-password', password, repeated: password })).wrong).toEqual(
    expect.any(String),
  );
  expect(
    (await submit(attempt, { step: 'new-password', password: user.password, repeated: user.password })).wrong,
  ).toContain('another one');
});

test('a provider needs no second factor, and reaches its own schedule only', async () => {
  const user = await newUser('provider', { providerId: clinic.providerId });
  const attempt = await begin();
  await submit(attempt, { step: 'password', email: user.email, password: user.password });
  const done = await submit(attempt, { step: 'new-password', password: CHOSEN, repeated: CHOSEN });
  const { body } = await exchange(done, attempt.verifier);
  expect((await call(`/v1/providers/${clinic.providerId}/schedule`, body.access_token)).status).toBe(200);
  const other = await clinic.addProvider();
  expect((await call(`/v1/providers/${other}/schedule`, body.access_token)).status).toBe(403);
});

test('a form that another site sends is refused, and so is a sign-in of another browser', async () => {
  const user = await newUser('support');
  const attempt = await begin();
  const form = { step: 'password', email: user.email, password: user.password };
  expect((await attempt.browser.send(attempt.page.path, form, { origin: 'https://evil.example' })).status).toBe(403);
  expect((await new Browser(api.url).send(attempt.page.path, form)).status).toBe(400);
});

test('keys are renewed while people are signed in: old tokens and new ones work', async () => {
  const { tokens } = await firstSignIn('support');
  await rotateSigningKey(api.database.db, api.seal);
  const renewed = await token({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token });
  for (const each of [tokens, renewed])
    expect((await call('/v1/connections', each.body.access_token)).status).toBe(200);
});

test('on an empty database the first start makes an admin with a random password, and no later start makes another', async () => {
  const { rows } = await api.database.db.query(
    `select email, role, password_temporary from account where email = 'admin@localhost'`,
  );
  expect(rows).toEqual([{ email: 'admin@localhost', role: 'admin', password_temporary: true }]);
  await expect(makeFirstAdmin(api.database.db)).resolves.toBeUndefined();
});

test('what a program needs to know is found where the standards say', async () => {
  const read = async (path: string) => (await (await fetch(api.url + path)).json()) as Record<string, unknown>;
  const openId = await read('/.well-known/openid-configuration');
  expect(openId).toMatchObject({
    issuer: api.url,
    token_endpoint: `${api.url}/oauth/token`,
    code_challenge_methods_supported: ['S256'],
  });
  const smart = await read('/.well-known/smart-configuration');
  expect(smart['scopes_supported']).toEqual(expect.arrayContaining(['system/Appointment.cruds', 'system/Slot.s']));
  const { keys } = (await read('/oauth/jwks')) as { keys: Record<string, unknown>[] };
  expect(keys.map((each) => each['kid'])).toContain((await api.issuer.keys.signing()).kid);
  expect(keys.every((each) => each['d'] === undefined)).toBe(true);
});

test('what the provider remembers is sealed', async () => {
  const { rows } = await api.database.db.query<{ payload: Buffer }>('select payload from identity_record');
  expect(rows.length).toBeGreaterThan(0);
  for (const { payload } of rows) expect(payload.toString('latin1')).not.toMatch(/accountId|console/);
});

test('every sign-in, and every one that was refused, is in the audit: who, when, from where, and why not', async () => {
  const { rows: before } = await api.database.db.query<{ id: string }>('select id from audit_record');
  const { id, email } = await firstSignIn('support');
  const wrong = await begin();
  await submit(wrong, { step: 'password', email, password: 'not this one at all' });
  await submit(wrong, { step: 'password', email: 'nobody@a.example', password: CHOSEN });
  await submit(wrong, { step: 'password', email, password: CHOSEN });
  await submit(wrong, { step: 'code', code: '000000' });
  for (let tries = 0; tries < 8; tries += 1) await submit(wrong, { step: 'code', code: '000000' });
  const { rows } = await api.database.db.query<Record<string, unknown>>(
    `select actor_id, actor_role, address, action, kind, outcome, detail::json as detail from audit_record
     where id <> all ($1) order by id`,
    [before.map((each) => each.id)],
  );
  const common = { actor_id: id, actor_role: 'support', address: '127.0.0.1', action: 'sign-in', kind: 'sign-in' };
  expect(rows.slice(0, 5)).toEqual([
    { ...common, action: 'password.change', outcome: 'done', detail: {} },
    { ...common, outcome: 'done', detail: { methods: ['pwd', 'otp'] } },
    { ...common, outcome: 'refused', detail: { why: 'wrong-password' } },
    { ...common, actor_id: null, actor_role: null, outcome: 'refused', detail: { why: 'unknown' } },
    { ...common, outcome: 'refused', detail: { why: 'wrong-code' } },
  ]);
  expect(rows.at(-1)).toMatchObject({ detail: { why: 'wrong-code', locks: true } });
  expect(JSON.stringify(rows)).not.toMatch(/nobody@|not this one/);
});
