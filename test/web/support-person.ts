/** What a support person does all day. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { openConsole } from '../support/console.ts';
import { consolePages } from '../support/console-pages.ts';
import { buttons, type Stage } from './stage.ts';

export function supportTests(stage: () => Stage): void {
  describe('a support person', () => {
    test('enters by the link that npm start has printed, which works once', async () => {
      const { hub, browser } = stage();
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
      const { hub, demo, support } = stage();
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
      const { hub, demo, support } = stage();
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

    test('takes on what waits, so that nobody else sees to it too; who comes too late is told whose it is', async () => {
      const { hub, browser, demo, support } = stage();
      const { page } = support;
      const engineer = await openConsole(browser, hub, { role: 'engineer' });
      // Hears of nothing: else the button would be gone before it is pressed.
      await engineer.page.route('**/v1/events', (route) => route.abort());
      await engineer.go(`/transactions/${demo.inDoubt}`);
      const facts = engineer.page.getByRole('region', { name: 'What it is' });
      const late = facts.getByRole('button', { name: 'Take it' });
      await late.waitFor();

      await support.go('/review');
      const row = page.getByRole('table', { name: 'Outcome in doubt' }).getByRole('row').nth(1);
      await row.getByRole('button', { name: 'Take it' }).click();
      await row.getByText('you', { exact: true }).waitFor();
      await page
        .getByRole('textbox', { name: 'Owner' })
        .or(page.getByRole('combobox', { name: 'Owner' }))
        .click();
      await page.getByRole('option', { name: 'Nobody’s' }).click();
      await page.getByText('Nothing is in doubt.').waitFor();

      await late.click();
      await engineer.page.getByText('Somebody else has the transaction meanwhile').waitFor();
      await facts.getByText('sandbox-support', { exact: true }).waitFor();
      await facts.getByRole('button', { name: 'Change the owner' }).click();
      await engineer.page.getByRole('menuitem', { name: /Sandbox admin/ }).click();
      await facts.getByText('Sandbox admin').waitFor();
      const { body } = await hub.request('GET', `/v1/transactions/${demo.inDoubt}`, { role: 'support' });
      expect(body).toMatchObject({ state: 'needs_review', owner: { name: 'Sandbox admin' } });
      await engineer.close();
    }, 60_000);

    test('saves all that fits the filters, page after page, not only what is shown', async () => {
      const { demo, support } = stage();
      const { page } = support;
      await support.go('/transactions?state=failed');
      await page.getByRole('button', { name: 'Export Transactions' }).click();
      const saved = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: 'All that fit the filters, as CSV' }).click();
      const [head = '', ...lines] = readFileSync(await (await saved).path(), 'utf8')
        .trimEnd()
        .split('\r\n');
      expect(head).toMatch(/^id,kind,state,/);
      expect(lines.map((line) => line.slice(0, 36)).toSorted()).toEqual(demo.failed.toSorted());
      await page.getByText(`${demo.failed.length} rows were saved: all that there are.`).waitFor();
    });

    test('settles a booking that is found at the hospital', async () => {
      const { hub, demo, support } = stage();
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

    test('can go to no page that asks for anything that the hub refuses', async () => {
      const { hub, demo, support } = stage();
      const refused: string[] = [];
      support.page.on('response', (response) => {
        if (response.status() === 403) refused.push(`${response.request().method()} ${response.url()}`);
      });
      for (const path of Object.values(await consolePages(hub, demo))) await support.go(path);
      expect(refused).toEqual([]);
    }, 60_000);

    test('sees no button that the hub would refuse', async () => {
      const { hub, browser, support } = stage();
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
}
