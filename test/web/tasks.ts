/** What somebody new must manage alone, as a person would do it: from what they are told to what the hospital then holds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import startSimulator from '../../adapters/xml-his/simulator.ts';
import type { Locator, Page } from 'playwright-core';
import { openConsole } from '../support/console.ts';
import type { FreeSlot, TestHub } from '../support/hub.ts';
import { until } from '../support/queues.ts';
import { markOfOthers, seedTransactions } from '../support/seed-transactions.ts';
import type { Stage } from './stage.ts';

const LEDGER = 100_000;
/** What a new support person may take, by mission: to find it, and to say why. */
const FOUND_WITHIN_MS = 30_000;
const EXPLAINED_WITHIN_MS = 60_000;

export function taskTests(stage: () => Stage): void {
  test('a failed booking is found among 100,000 and its cause is said; all that failed like it are replayed, and nothing else', async () => {
    const { hub, demo, support } = stage();
    const { page } = support;
    const { db } = hub.database;
    const like = await db.query<{ id: string }>(
      `select id from transaction where connection_id = $1 and state = 'succeeded' limit 1`,
      [hub.connection('cerner').id],
    );
    await seedTransactions(db, like.rows[0]?.id ?? '', LEDGER);
    const [wanted = ''] = demo.failed;
    const others = await markOfOthers(db, demo.failed);

    // All that is known: the id that the app has shown.
    const begun = performance.now();
    await support.go('/');
    await page.getByRole('link', { name: 'Transactions', exact: true }).click();
    await page.getByRole('textbox', { name: 'Search' }).fill(wanted);
    await page.waitForURL(`**/transactions?q=${wanted}`);
    const rows = page.getByRole('table', { name: 'Transactions' }).getByRole('row');
    await rows.nth(1).getByText('Failed').waitFor();
    expect(await rows.count()).toBe(2);
    await rows.nth(1).getByRole('link', { name: 'Book' }).click();
    await page.getByText('What to do').waitFor();
    expect(performance.now() - begun).toBeLessThan(FOUND_WITHIN_MS);
    await page.getByText('The hospital asked to be left alone for too long.').waitFor();
    await page.getByRole('region', { name: 'What happened' }).getByText('asked to be left alone').first().waitFor();
    expect(performance.now() - begun).toBeLessThan(EXPLAINED_WITHIN_MS);

    // What has failed like it: by its error, at its hospital.
    const code = await page.getByText(/ \(throttled\)$/).innerText();
    await page.getByRole('link', { name: 'Failures' }).click();
    await page.getByRole('link', { name: code.replace(' (throttled)', '') }).click();
    await page.getByRole('button', { name: /^Failed/ }).click();
    await page.getByRole('button', { name: 'Replay these …' }).click();
    await page.getByRole('textbox', { name: 'At most so many a second' }).fill('200');
    await page.getByRole('button', { name: 'Show the plan' }).click();
    const count = demo.failed.length;
    await page.getByRole('heading', { name: `Replay of ${count}` }).waitFor();
    await page.getByRole('button', { name: 'Run …' }).click();
    const run = page.getByRole('button', { name: 'Run it' });
    expect(await run.isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: `Type ${count} to confirm` }).fill(String(count));
    await run.click();
    await page.getByText(`${count} succeeded`).waitFor({ timeout: 60_000 });
    const done = await db.query<{ count: number }>(
      `select count(*) from transaction where id = any($1::uuid[]) and state = 'succeeded' and replays = 1`,
      [demo.failed],
    );
    expect(done.rows[0]?.count).toBe(count);
    expect(await markOfOthers(db, demo.failed)).toBe(others);
  }, 180_000);

  test('a hospital is connected with the wizard, checked, switched on and booked at', async () => {
    const { hub, browser } = stage();
    const directory = await mkdtemp(join(tmpdir(), 'wizard-'));
    const hospital = await startSimulator({ directory, seed: 5 });
    const engineer = await openConsole(browser, hub, { role: 'engineer' });
    const { page } = engineer;
    const { config, secrets } = hospital.connection;
    await engineer.go('/connections');
    await page.getByRole('link', { name: 'Connect a hospital' }).click();
    await page.getByRole('button', { name: /XML/ }).click();
    await input(page, 'Name').fill('Second hospital');
    await choose(page, 'Profile', String(config['profile']));
    await choose(page, 'Time zone', String(config['timeZone']));
    await input(page, 'Endpoint').fill('not a URL');
    await input(page, 'Time zones').fill(JSON.stringify(config['timeZones']));
    await input(page, 'Values').fill(JSON.stringify(config['values']));
    await input(page, 'Password').fill(secrets['password'] ?? '');
    // What is wrong is said where it is, and mended there.
    await page.getByRole('button', { name: 'Go on to the check' }).click();
    await page.locator('input[aria-invalid=true]').waitFor();
    await input(page, 'Endpoint').fill(String(config['endpoint']));
    await page.getByRole('button', { name: 'Go on to the check' }).click();
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('A booking could be sent (none is)').waitFor();
    expect(await page.getByText('What to do:').count()).toBe(0);
    await page.getByRole('button', { name: 'Switch it on' }).click();
    await page.waitForURL(/\/connections\/[0-9a-f-]{36}$/);
    const id = page.url().split('/').at(-1) ?? '';

    const slot = await firstSlotOf(hub, id);
    const booked = await hub.book<{ status: string }>(slot.id, await hub.newPatient(), 'wizard-1');
    expect([booked.status, booked.body.status]).toEqual([201, 'booked']);
    const effects = (await (await fetch(`${hospital.controlUrl}/effects`)).json()) as {
      appointments: { slotId: string; status: string }[];
    };
    expect(effects.appointments).toMatchObject([{ slotId: slot.externalId, status: 'booked' }]);
    await engineer.go(`/transactions?connection=${id}`);
    await page.getByRole('table', { name: 'Transactions' }).getByText('Succeeded').waitFor();
    await engineer.close();
    await hub.request('POST', `/v1/connections/${id}/pause`, { role: 'engineer', body: {} });
    await hospital.stop();
    await rm(directory, { recursive: true });
  }, 120_000);

  test('a mapping that lacks a code is mended in the workbench, and the booking that waited for it goes on', async () => {
    const { hub, browser } = stage();
    const { id } = hub.connection('hl7v2');
    await publishWithout(hub, id, 'in-person');
    const slot = (await hub.freeSlots('hl7v2')).find(({ mode }) => mode === 'in-person');
    const booked = await hub.book<{ transactions: { id: string }[] }>(
      slot?.id ?? '',
      await hub.newPatient(),
      'workbench-1',
      { prefer: 'respond-async' },
    );
    const transaction = booked.body.transactions[0]?.id ?? '';
    await hub.until<{ state: string }>(`/v1/transactions/${transaction}`, ({ state }) => state === 'parked');

    const engineer = await openConsole(browser, hub, { role: 'engineer' });
    const { page } = engineer;
    await engineer.go('/mappings');
    const code = page.getByRole('table', { name: 'Unmapped codes' }).getByRole('row', { name: /in-person/ });
    await code.getByText('codes/reasons.csv').waitFor();
    await page.getByRole('table', { name: 'Mappings' }).getByRole('link', { name: 'hl7v2.book', exact: true }).click();
    await choose(page, 'File', 'codes/reasons.csv');
    const mapping = page.getByRole('textbox', { name: 'Mapping' });
    await mapping.getByText('VIDEO').first().waitFor();
    await mapping.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('ROUTINE,in-person,HL7 table 0276,2026-11-20\n');
    await page.getByText('changed, not saved').waitFor();
    await page.getByText('It fits').waitFor();
    await page.getByRole('button', { name: 'Save as a draft' }).click();
    await page.getByRole('textbox', { name: 'What is different' }).fill('Office visits have their code again');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page
      .getByRole('row', { name: /Office visits have their code again/ })
      .getByRole('button')
      .click();
    await page.getByRole('button', { name: 'Publish it' }).click();
    await page
      .getByRole('row', { name: /Office visits have their code again/ })
      .getByText('In use')
      .waitFor();

    await engineer.go(`/transactions/${transaction}`);
    await page.getByText('The hospital has confirmed it.').waitFor();
    expect(await hub.effects('hl7v2', { slotId: slot?.externalId ?? '' })).toMatchObject([{ status: 'booked' }]);
    await engineer.go('/mappings');
    await page.getByText('All codes are mapped.').waitFor();
    await engineer.close();
  }, 120_000);

  test('a day is laid side by side with the hospital’s, and what somebody changed there is marked and settled', async () => {
    const { hub, support } = stage();
    const { page } = support;
    const { id } = hub.connection('cerner');
    const slot = await hub.slot('cerner', 40);
    const booked = await hub.book<{ id: string; externalId: string }>(slot.id, await hub.newPatient(), 'day-1');
    await hub.control('cerner', 'POST', '/edit', { op: 'cancel-outside', externalId: booked.body.externalId });
    const date = slot.start.slice(0, 10);
    await support.go(`/reconciliation/day?provider=${slot.providerId}&date=${date}`);
    // What the demonstration has cancelled at the hospital may be on the same day.
    const row = page
      .getByRole('table', { name: 'The day' })
      .getByRole('row', { name: /Cancelled at the hospital/ })
      .filter({ hasText: `${slot.start.slice(11, 16)}–` });
    await row.getByText('Booked').waitFor();
    await row.getByText('Cancelled', { exact: true }).waitFor();
    await hub.request('POST', `/v1/connections/${id}/reconcile`, { role: 'support' });
    await hub.until<{ items: unknown[] }>(
      `/v1/drift?connection=${id}&state=open&kind=cancelled-outside`,
      ({ items }) => items.length === 2,
    );
    await page.getByRole('button', { name: 'Ask the hospital again' }).click();
    // The click is of the row that was read again.
    await page
      .getByRole('button', { name: 'Ask the hospital again' })
      .and(page.locator(':not([data-loading])'))
      .waitFor();
    await row.getByRole('button', { name: 'Follow the hospital' }).click();
    await page.getByText('Settled.').waitFor();
    // A reconciliation that had looked before may tell of it once more: the hospital is asked again until it does not.
    await until(
      'both sides agree',
      async () => {
        if ((await row.count()) === 0) return true;
        await page.getByRole('button', { name: 'Ask the hospital again' }).click();
        await delay(1_000);
        return false;
      },
      30_000,
    );
    await support.go('/reconciliation?tab=days&state=any');
    await page.getByRole('table', { name: 'Differences by provider and day' }).getByRole('row').nth(1).waitFor();
    const appointment = await hub.request('GET', `/v1/appointments/${booked.body.id}`);
    expect(appointment.body).toMatchObject({ status: 'cancelled' });
  }, 60_000);
}

/** An input by its label, whether it must be filled in or not. */
const input = (page: Page, label: string): Locator =>
  page.getByLabel(new RegExp(`^${label}( \\*)?$`)).and(page.locator('input, textarea'));

async function choose(page: Page, label: string, option: string): Promise<void> {
  const field = input(page, label);
  await field.click();
  // Of many, what is typed is looked for.
  if (await field.isEditable()) await field.fill(option);
  await page.getByRole('option', { name: option, exact: true }).click();
}

async function firstSlotOf(hub: TestHub, connectionId: string): Promise<FreeSlot> {
  const { items } = await hub.until<{ items: { id: string; connectionId: string }[] }>(
    '/v1/locations?limit=200',
    (page) => page.items.some((each) => each.connectionId === connectionId),
  );
  const location = items.find((each) => each.connectionId === connectionId)?.id ?? '';
  const from = new Date(Date.now() + 2 * 3600_000).toISOString();
  const { items: slots } = await hub.until<{ items: FreeSlot[] }>(
    `/v1/slots?location=${location}&from=${from}`,
    (page) => page.items.length > 0,
  );
  const [slot] = slots;
  if (!slot) throw new Error('the hospital offers nothing');
  return slot;
}

/** What books by HL7 v2, in use without the code of this kind of visit: what needs it waits. */
async function publishWithout(hub: TestHub, connectionId: string, mode: string): Promise<void> {
  const path = '/v1/mappings/hl7v2.book';
  const { body: shipped } = await hub.request<{ files: Record<string, string> }>(
    'GET',
    `${path}/versions/0?connection=${connectionId}`,
    { role: 'engineer' },
  );
  const table = 'codes/reasons.csv';
  const lines = (shipped.files[table] ?? '').split('\n');
  const [missing = ''] = lines.filter((line) => line.includes(`,${mode},`));
  const files = Object.fromEntries(
    Object.entries(shipped.files).map(([file, text]) => [
      file,
      file === table
        ? lines.filter((line) => line !== missing).join('\n')
        : file.endsWith('.json')
          ? text
              .replaceAll(`"mode": "${mode}"`, '"mode": "telemedicine"')
              .replaceAll(missing.split(',')[0] ?? '', 'VIDEO')
          : text.replace(
              '{ table: codes/reasons.csv, path: mode, reverse: true }',
              '{ table: codes/reasons.csv, path: mode, reverse: true, unmapped: park }',
            ),
    ]),
  );
  const drafted = await hub.request<{ number: number }>('POST', `${path}/versions`, {
    role: 'engineer',
    body: { connectionId, files, note: 'A code less' },
  });
  const published = await hub.request('POST', `${path}/publish`, {
    role: 'engineer',
    body: { connectionId, number: drafted.body.number, override: { reason: 'To see it mended' } },
  });
  expect([published.status, published.body]).toMatchObject([200, {}]);
}
