/** What strangers write does nothing; and nobody is offered what the hub would refuse. */
import { expect, test } from '@jest/globals';
import { openConsole, type OpenConsole } from '../support/console.ts';
import { consolePages } from '../support/console-pages.ts';
import { NAUGHTY, seedNaughty } from '../support/naughty.ts';
import type { Stage } from './stage.ts';

/** A part of the text that only stands there where all of it is shown as text. */
const SHOWN = '<img src=x onerror=alert(1)>';

/** What a page would have that took it for more than text. */
const ALIVE = 'img[src="x"], [onerror], a[href^="javascript:" i], script:not([src]):not([nonce])';

/** Where the text must be, else nothing was tried. */
const TOLD_ON = [
  'connection',
  'failed naughtily',
  'failures',
  'reconciliation with drift',
  'drift by day',
  'mappings',
  'mapping version',
  'webhooks',
  'webhook',
  'alerts',
  'people',
  'programs',
  'audit',
  'message',
  'revealed',
  'saved views',
];

export function strangerTests(stage: () => Stage): void {
  test('what a stranger, a colleague or a hospital has written is shown as text on every page, and does nothing', async () => {
    const { hub, browser, demo } = stage();
    const naughty = await seedNaughty(hub);
    const shown = await openConsole(browser, hub, { role: 'admin' });
    const { page } = shown;
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.addInitScript((name) => {
      localStorage.setItem('tessera.views', JSON.stringify([{ name, search: { q: name } }]));
    }, NAUGHTY);
    const { id } = hub.connection('native');
    const q = encodeURIComponent(NAUGHTY);
    const pages: Readonly<Record<string, string>> = {
      ...(await consolePages(hub, demo)),
      searched: `/transactions?q=${q}&errorCode=${q}&externalId=${q}`,
      'failed naughtily': `/transactions/${naughty.transaction}`,
      connection: `/connections/${id}`,
      'reconciliation with drift': `/reconciliation?connection=${id}`,
      'drift by day': `/reconciliation?tab=days&connection=${id}`,
      message: `/messages/${naughty.message}`,
      'mapping version': `/mappings/epic.slot?connection=${hub.connection('epic').id}&version=1`,
      webhook: `/webhooks/${naughty.webhook}`,
      plan: `/replays/${naughty.plan}`,
      'no such page': `/${q}`,
      'no such transaction': `/transactions/${q}`,
    };
    const told = new Set<string>();
    const alive: string[] = [];
    const look = async (name: string): Promise<void> => {
      if (TOLD_ON.includes(name)) await page.locator('body', { hasText: SHOWN }).waitFor();
      if ((await page.locator('body').innerText()).includes(SHOWN)) told.add(name);
      if ((await page.locator(ALIVE).count()) > 0) alive.push(name);
    };
    for (const [name, path] of Object.entries(pages)) {
      await shown.go(path);
      await look(name);
    }
    await revealed(shown, naughty.revealable);
    await look('revealed');
    await shown.go('/transactions');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menu').waitFor();
    await look('saved views');
    expect([alive, dialogs]).toEqual([[], []]);
    expect(TOLD_ON.filter((name) => !told.has(name))).toEqual([]);
    // The browser tells of what a policy has blocked; of what was not found, too, which was asked for here.
    expect(shown.complaints.filter((each) => !/status of 40[04]/.test(each))).toEqual([]);
    await shown.close();
    await hub.request('POST', `/v1/connections/${id}/resume`, { role: 'admin' });
  }, 120_000);

  test('who is bound to a location sees what happens there, and is offered nothing that concerns the whole organization', async () => {
    const { hub, browser, demo } = stage();
    const { body: booking } = await hub.request<{ locationId: string }>('GET', `/v1/transactions/${demo.inDoubt}`, {
      role: 'support',
    });
    const made = await hub.request<{ client: { id: string }; secret: string }>('POST', '/v1/clients', {
      role: 'admin',
      body: { name: 'Desk of one clinic', role: 'support', locationIds: [booking.locationId] },
    });
    const token = await fetch(`${hub.sandbox.api}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: made.body.client.id,
        client_secret: made.body.secret,
      }),
    });
    const { access_token: bound } = (await token.json()) as { access_token: string };
    const shown = await openConsole(browser, hub, { token: bound });
    const { page } = shown;
    const refused: string[] = [];
    page.on('response', (response) => response.status() === 403 && refused.push(response.url()));
    await shown.go('/');
    await page.waitForURL('**/transactions');
    const navigation = page.getByRole('navigation', { name: 'Main' });
    expect((await navigation.getByRole('link').allInnerTexts()).map((each) => each.trim())).toEqual([
      'Transactions',
      'Failures',
      'Settings',
    ]);
    const table = page.getByRole('table', { name: 'Transactions' });
    await table.getByRole('link', { name: 'Book' }).first().click();
    await page.getByRole('region', { name: 'What happened' }).waitFor();
    expect(await page.getByText('What the hospital shows that day').count()).toBe(0);
    await shown.go('/connections');
    await page.getByText('This page is not for the role support.').waitFor();
    expect(refused).toEqual([]);
    await shown.close();
  }, 60_000);
}

/** A transaction with what was sent, as it was. */
async function revealed({ page, go }: OpenConsole, transaction: string): Promise<void> {
  await go(`/transactions/${transaction}`);
  await page.getByRole('button', { name: 'Show as it was …' }).click();
  await page.getByRole('textbox', { name: 'Why you must see it' }).fill(NAUGHTY);
  await page.getByRole('button', { name: 'Show it' }).click();
  await page.getByText('This is a patient’s data').waitFor();
}
