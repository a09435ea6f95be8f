/** The console in a real Chromium: the tasks of a support person, and what must never happen on any page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/chromium.ts';
import { openConsole, type OpenConsole } from '../support/console.ts';
import { fillHub, type Demo } from '../support/console-demo.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';
import { Sender } from '../support/inbound.ts';

let hub: TestHub;
let browser: Browser;
let demo: Demo;
let support: OpenConsole;

beforeAll(async () => {
  [hub, browser] = await Promise.all([startTestHub(), openBrowser()]);
  demo = await fillHub(hub);
  support = await openConsole(browser, hub);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

/** Names of the buttons that are on the page. */
const buttons = async ({ page }: OpenConsole): Promise<string[]> =>
  (await page.getByRole('button').allInnerTexts()).map((each) => each.trim()).filter((each) => each !== '');

const PAGES = (): readonly string[] => {
  const { id } = hub.connection('epic');
  return [
    '/',
    '/transactions',
    `/transactions/${demo.inDoubt}`,
    '/failures',
    '/review',
    '/replays',
    '/connections',
    `/connections/${id}`,
    '/reconciliation',
    '/messages?state=any',
    '/mappings',
    `/mappings/epic.slot?connection=${id}`,
    '/webhooks',
    '/alerts',
    '/audit',
    '/people',
    '/programs',
    '/settings',
    '/no-such-page',
  ];
};

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');

/** What axe calls serious or critical; `rules`: only these. */
const barriers = ({ page }: OpenConsole, rules?: readonly string[]): Promise<string[]> =>
  page.evaluate(async (only) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(options: object): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run({
      resultTypes: ['violations'],
      ...(only && { runOnly: { type: 'rule', values: only } }),
    });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map((each) => each.html.slice(0, 160)).join(' | ')}`);
  }, rules);

test('no page has a barrier that axe calls serious, light or dark, is wider than a phone, or does what its policy forbids', async () => {
  const shown = await openConsole(browser, hub, { role: 'admin' });
  const { page } = shown;
  // As a user's own extension would: not by the page, so past its policy.
  await page.addInitScript(AXE);
  const found: unknown[] = [];
  for (const path of PAGES()) {
    await shown.go(path);
    found.push(...(await barriers(shown)).map((each) => ({ path, light: each })));
    await page.emulateMedia({ colorScheme: 'dark' });
    // What is half way between two colours is no fault of either.
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor({ state: 'attached' });
    await page.waitForFunction('document.getAnimations().every(({ playState }) => playState !== "running")');
    found.push(...(await barriers(shown, ['color-contrast'])).map((each) => ({ path, dark: each })));
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 800 });
    const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
    if (width > 390) found.push({ path, width });
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  expect(found).toEqual([]);
  expect(shown.complaints).toEqual([]);
  await shown.close();
}, 180_000);

test('the first page asks for at most 300 kB, packed', async () => {
  const shown = await openConsole(browser, hub);
  const sizes: number[] = [];
  shown.page.on('response', (response) => sizes.push(Number(response.headers()['content-length'] ?? 0)));
  await shown.go('/');
  const bytes = sizes.reduce((sum, each) => sum + each, 0);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThanOrEqual(300_000);
  await shown.close();
});

/** Fills in the identity provider's pages, which are opened already. */
async function signIn(page: Page, role: 'support' | 'admin'): Promise<void> {
  const account = hub.sandbox.accounts[role];
  if (!account?.totpSecret) throw new Error(`the sandbox has no account with a second factor for ${role}`);
  await page.getByLabel('E-mail').fill(account.email);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const code = new TOTP({ secret: Secret.fromBase32(account.totpSecret) }).generate();
  await page.getByLabel('Code of six digits').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a person signs in at the identity provider, stays so while at work, and leaves no token behind', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${hub.sandbox.api}/transactions?state=failed`);
  await page.getByRole('heading', { name: 'Tessera console' }).waitFor();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await signIn(page, 'support');
  const signedIn = page.getByRole('button', { name: 'Signed in as support' });
  await signedIn.waitFor();
  // Back where they wanted to go; the code is not in the history.
  expect(page.url()).toBe(`${hub.sandbox.api}/transactions?state=failed`);
  const kept = await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])');
  expect(kept).toEqual(expect.not.stringMatching(/eyJ|verifier/));

  // Tokens end after five minutes, and are renewed.
  const renewed = page.waitForRequest((request) => request.postData()?.includes('grant_type=refresh_token') ?? false);
  await page.keyboard.press('Shift');
  await page.clock.fastForward('05:00');
  await page.getByRole('link', { name: 'Connections' }).click();
  await page.getByRole('table', { name: 'Connections' }).waitFor();
  expect((await (await renewed).response())?.status()).toBe(200);

  // Loaded anew, and in another tab: nothing is asked.
  await page.reload();
  await signedIn.waitFor();
  const other = await context.newPage();
  await other.goto(`${hub.sandbox.api}/alerts`);
  await other.getByRole('button', { name: 'Signed in as support' }).waitFor();
  expect(other.url()).toBe(`${hub.sandbox.api}/alerts`);

  // When nobody is there any more, nothing is shown any more, in no tab.
  await page.clock.fastForward('31:00');
  for (const each of [page, other]) {
    await each.getByText('Nobody was here for half an hour.').waitFor();
    expect(await each.getByRole('table').count()).toBe(0);
  }

  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.getByRole('button', { name: 'Signed in as support' }).click();
  await other.getByRole('menuitem', { name: 'Sign out' }).click();
  await other.getByRole('button', { name: 'Sign out' }).click();
  await other.getByRole('heading', { name: 'Tessera console' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(await page.getByRole('button', { name: /^Signed in/ }).count()).toBe(0);
  await context.close();
}, 60_000);

test('what another site sends to the return path signs nobody in', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${hub.sandbox.api}/signed-in?code=stolen&state=guessed&iss=${encodeURIComponent(hub.sandbox.api)}`);
  await page.getByText('This sign-in was not begun here').waitFor();
  expect(page.url()).toBe(`${hub.sandbox.api}/`);
  await context.close();
});

describe('a support person', () => {
  test('enters by the link that npm start has printed, which works once', async () => {
    const { consoleLink } = JSON.parse(hub.output.split('\n').find((line) => line.startsWith('{"url"')) ?? '{}') as {
      consoleLink: string;
    };
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(consoleLink);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(page.url()).not.toContain('enter');
    await page.getByRole('button', { name: 'Signed in as support' }).waitFor();
    await context.close();

    const again = await (await browser.newContext()).newPage();
    await again.goto(consoleLink);
    await again.getByText('This link was used already').waitFor();
    await again.context().close();
  });

  test('finds a booking by its id, and is told on one page what happened and what to do', async () => {
    const { page } = support;
    await support.go('/transactions');
    await page.getByRole('textbox', { name: 'Search' }).fill(demo.inDoubt);
    await page.waitForURL(`**/transactions?q=${demo.inDoubt}`);
    await page.getByRole('table', { name: 'Transactions' }).getByRole('link', { name: 'Book' }).click();
    await page.getByText('What to do').waitFor();
    await page.getByText('the answer was lost').waitFor();
    const { body } = await hub.request<{ timeZone: string }>('GET', `/v1/transactions/${demo.inDoubt}`, {
      role: 'support',
    });
    await page.getByText(body.timeZone).first().waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Settle by hand' }).waitFor();
    expect(await buttons(support)).toContain('Ask the hospital again');
  });

  test('sees what was sent without the patient in it; as it was only with a reason, and hides it again', async () => {
    const { page } = support;
    await support.go(`/transactions/${demo.inDoubt}`);
    const sent = page.getByRole('region', { name: 'Sent and answered' });
    await sent.getByText('"resourceType"').first().waitFor();
    expect(await sent.innerText()).toMatch(/x{3}/);
    const masked = await sent.innerText();
    await sent.getByRole('button', { name: 'Show as it was …' }).click();
    await page.getByRole('textbox', { name: 'Why you must see it' }).fill('The clinic cannot find it');
    await page.getByRole('button', { name: 'Show it' }).click();
    await sent.getByText('This is a patient’s data').waitFor();
    expect(await sent.innerText()).not.toContain('"xxx');
    await sent.getByRole('button', { name: 'Hide it' }).click();
    await sent.getByText('This is a patient’s data').waitFor({ state: 'detached' });
    expect(await sent.innerText()).toBe(masked);
    const story = await hub.request<{ items: { event?: string }[] }>(
      'GET',
      `/v1/transactions/${demo.inDoubt}/timeline`,
      { role: 'support' },
    );
    expect(story.body.items.filter((each) => each.event === 'payload.revealed')).toHaveLength(1);
  });

  test('settles a booking that is found at the hospital', async () => {
    const { page } = support;
    const [effect] = await hub.effects('epic', { transactionId: demo.inDoubt });
    await support.go(`/transactions/${demo.inDoubt}`);
    await page.getByRole('button', { name: 'Settle by hand' }).click();
    await page.getByRole('radio', { name: 'It was done' }).click();
    await page.getByRole('textbox', { name: 'Key of the appointment' }).fill(effect?.vendorId ?? '');
    await page.getByRole('textbox', { name: 'How you found out' }).fill('Seen in the schedule of the clinic');
    await page.getByRole('button', { name: 'Link and settle' }).click();
    await page.getByText('The hospital has confirmed it.').waitFor();
    const { body } = await hub.request('GET', `/v1/transactions/${demo.inDoubt}`, { role: 'support' });
    expect(body).toMatchObject({ state: 'succeeded', externalId: effect?.vendorId });
  });

  test('replays all that failed, after typing how many, and no other', async () => {
    const { page } = support;
    const count = demo.failed.length;
    await support.go('/transactions?state=failed');
    await page.getByRole('button', { name: 'Replay these …' }).click();
    await page.getByRole('textbox', { name: 'At most so many a second' }).fill('200');
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('heading', { name: `Replay of ${count}` }).waitFor();
    await page.getByRole('button', { name: 'Run …' }).click();
    const run = page.getByRole('button', { name: 'Run it' });
    expect(await run.isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: `Type ${count} to confirm` }).fill(String(count));
    await run.click();
    await page.getByText(`${count} succeeded`).waitFor({ timeout: 30_000 });
    const { body } = await hub.request<{ states: Record<string, number> }>('GET', '/v1/transaction-counts', {
      role: 'support',
    });
    expect(body.states).toEqual({ succeeded: 15 + 1 + count, rejected: 2 });
  }, 120_000);

  test('sees no button that the hub would refuse', async () => {
    await support.go('/connections');
    expect(await buttons(support)).not.toContain('Connect a hospital');
    await support.go(`/connections/${hub.connection('epic').id}`);
    await support.page.getByRole('button', { name: 'Reconcile now' }).waitFor();
    const shown = await buttons(support);
    for (const refused of ['Pause', 'Change', 'Check now']) expect(shown).not.toContain(refused);
    const engineer = await openConsole(browser, hub, { role: 'engineer' });
    await engineer.go(`/connections/${hub.connection('epic').id}`);
    for (const allowed of ['Pause', 'Change', 'Check now'])
      await engineer.page.getByRole('button', { name: allowed, exact: true }).waitFor();
    expect(await engineer.page.getByRole('link', { name: 'Replays' }).count()).toBe(0);
    await engineer.close();
  });
});

test('an engineer checks a connection step by step, pauses and resumes it', async () => {
  const engineer = await openConsole(browser, hub, { role: 'engineer' });
  const { page } = engineer;
  const path = `/connections/${hub.connection('cerner').id}`;
  const state = async () => (await hub.request('GET', `/v1${path}`, { role: 'engineer' })).body['state'];
  await engineer.go(path);
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('A booking could be sent (none is)').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('textbox', { name: 'Why' }).fill('Upgrade tonight');
  await page.getByRole('button', { name: 'Pause it' }).click();
  await page.getByText('Upgrade tonight').waitFor();
  expect(await state()).toBe('paused');
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('Upgrade tonight').waitFor({ state: 'detached' });
  expect(await state()).toBe('active');
  await engineer.close();
}, 120_000);

test('an engineer is offered what the language and the input have, and keeps an input as an example, redacted', async () => {
  const engineer = await openConsole(browser, hub, { role: 'engineer' });
  const { page } = engineer;
  await engineer.go(`/mappings/epic.slot?connection=${hub.connection('epic').id}`);
  await page.getByText('It fits').waitFor();
  const mapping = page.getByRole('textbox', { name: 'Mapping' });
  await mapping.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('\n# un');
  await page.getByRole('option', { name: 'unmapped' }).waitFor();
  expect(await page.getByRole('option').count()).toBeLessThan(10);
  await page.keyboard.press('Escape');
  await page.keyboard.type('\n# path: ');
  await page.keyboard.press('Control+Space');
  await page.getByRole('listbox').getByRole('option').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save as an example' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('again');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('changed, not saved').waitFor();
  await page.getByText('Among the files now').waitFor();
  await engineer.close();
}, 60_000);

test('a message that cannot be applied is shown without its person, tried again, and put aside', async () => {
  const { body } = await hub.request<{ config: { sendingApplication: string; sendingFacility: string } }>(
    'GET',
    `/v1/connections/${hub.connection('hl7v2').id}`,
    { role: 'engineer' },
  );
  const { mllp } = JSON.parse(readFileSync(join(hub.dataDir, 'sandbox.json'), 'utf8')) as { mllp: { port: number } };
  const sender = new Sender(mllp.port);
  const { sendingApplication, sendingFacility } = body.config;
  const { code } = await sender.send(
    [
      `MSH|^~\\&|${sendingApplication}|${sendingFacility}|TESSERA|TESSERA|20270301090000+0000||ADT^A37|UNLINK|P|2.5.1`,
      'PID|1||4711^^^HIS^MR||Secretname^Erika',
    ].join('\r'),
  );
  sender.close();
  expect(code).toBe('AA');
  const { page } = support;
  await support.go('/messages');
  await page.getByRole('table', { name: 'Messages' }).getByRole('link', { name: 'ADT^A37' }).click();
  await page.getByText('xxxxxxxxxx^xxxxx').waitFor();
  expect(await page.content()).not.toContain('Secretname');
  await page.getByRole('button', { name: 'Apply once more' }).click();
  await page.getByRole('definition').filter({ hasText: /^2$/ }).waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.getByText('Dismissed', { exact: true }).waitFor();
  await support.go('/messages');
  await page.getByText('Nothing is held.').waitFor();
}, 60_000);

test('an admin adds a person and a program, whose secrets are shown once, and switches them off', async () => {
  const admin = await openConsole(browser, hub, { role: 'admin' });
  const { page } = admin;
  await admin.go('/people');
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByLabel('Name').fill('Kim Park');
  await page.getByLabel('E-mail').fill('kim.park@clinic.example');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('shown this once').waitFor();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  const kim = page.getByRole('row', { name: /Kim Park/ });
  await kim.getByText('Has not signed in yet').waitFor();
  await kim.getByRole('button', { name: 'Switch off' }).click();
  await kim.getByText('Switched off').waitFor();

  await admin.go('/programs');
  await page.getByRole('button', { name: 'Add a program' }).click();
  await page.getByLabel('Name').fill('Portal of the clinic');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const secret = await page.getByRole('dialog').locator('pre').innerText();
  expect(secret.length).toBeGreaterThan(20);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  expect(await page.content()).not.toContain(secret);
  const portal = page.getByRole('row', { name: /Portal of the clinic/ });
  await portal.getByRole('button', { name: 'New secret' }).click();
  const another = await page.getByRole('dialog').locator('pre').innerText();
  expect(another).not.toBe(secret);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await admin.go('/audit?action=user.change');
  const row = page.getByRole('table', { name: 'Audit' }).getByRole('row').nth(1);
  await row.getByText('state: disabled').waitFor();
  expect(await row.innerText()).toMatch(/127\.0\.0\.1|::1/);
  await admin.close();
  const list = await hub.request<{ items: { email: string; state: string }[] }>('GET', '/v1/users', { role: 'admin' });
  expect(list.body.items).toContainEqual(
    expect.objectContaining({ email: 'kim.park@clinic.example', state: 'disabled' }),
  );
}, 60_000);

test('what a stranger has written is shown as text, and does nothing', async () => {
  const script = '<img src=x onerror="document.title=\'owned\'">';
  const { id } = hub.connection('native');
  await hub.request('POST', `/v1/connections/${id}/pause`, { role: 'admin', body: { reason: script } });
  const shown = await openConsole(browser, hub, { role: 'admin' });
  await shown.go(`/connections/${id}`);
  await shown.page.getByText(script).waitFor();
  expect(await shown.page.title()).not.toBe('owned');
  expect(await shown.page.locator('img[src=x]').count()).toBe(0);
  await shown.close();
  await hub.request('POST', `/v1/connections/${id}/resume`, { role: 'admin' });
});
