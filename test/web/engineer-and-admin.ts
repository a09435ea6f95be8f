/** What engineers and admins do. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openConsole } from '../support/console.ts';
import { Sender } from '../support/inbound.ts';
import type { Stage } from './stage.ts';

export function engineerAndAdminTests(stage: () => Stage): void {
  test('an engineer checks a connection step by step, pauses and resumes it', async () => {
    const { hub, browser } = stage();
    const engineer = await openConsole(browser, hub, { role: 'engineer' });
    const { page } = engineer;
    const path = `/connections/${hub.connection('cerner').id}`;
    const state = async () => (await hub.request('GET', `/v1${path}`, { role: 'engineer' })).body['state'];
    await engineer.go(path);
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('A booking could be sent (none is)').waitFor();
    await page.getByRole('region', { name: 'What ends when' }).getByText('Access token').waitFor();
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
    const { hub, browser } = stage();
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
    const { hub, support } = stage();
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
    const { hub, browser } = stage();
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
    const list = await hub.request<{ items: { email: string; state: string }[] }>('GET', '/v1/users', {
      role: 'admin',
    });
    expect(list.body.items).toContainEqual(
      expect.objectContaining({ email: 'kim.park@clinic.example', state: 'disabled' }),
    );
  }, 60_000);
}
