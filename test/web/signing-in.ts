/** In by the identity provider, and out again. */
import { expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import type { TestHub } from '../support/hub.ts';
import type { Stage } from './stage.ts';

/** Fills in the identity provider's pages, which are opened already. */
async function signIn(hub: TestHub, page: Page, role: 'support' | 'admin'): Promise<void> {
  const account = hub.sandbox.accounts[role];
  if (!account?.totpSecret) throw new Error(`the sandbox has no account with a second factor for ${role}`);
  await page.getByLabel('E-mail').fill(account.email);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const code = new TOTP({ secret: Secret.fromBase32(account.totpSecret) }).generate();
  await page.getByLabel('Code of six digits').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export function signingInTests(stage: () => Stage): void {
  test('a person signs in at the identity provider, stays so while at work, and leaves no token behind', async () => {
    const { hub, browser } = stage();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(`${hub.sandbox.api}/transactions?state=failed`);
    await page.getByRole('heading', { name: 'Tessera console' }).waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await signIn(hub, page, 'support');
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
    const { hub, browser } = stage();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(
      `${hub.sandbox.api}/signed-in?code=stolen&state=guessed&iss=${encodeURIComponent(hub.sandbox.api)}`,
    );
    await page.getByText('This sign-in was not begun here').waitFor();
    expect(page.url()).toBe(`${hub.sandbox.api}/`);
    await context.close();
  });
}
