/** What the browser tests share: one hub with a day behind it, one browser, one support person at work. */
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/chromium.ts';
import { openConsole, type OpenConsole } from '../support/console.ts';
import { fillHub, type Demo } from '../support/console-demo.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

export interface Stage {
  readonly hub: TestHub;
  readonly browser: Browser;
  readonly demo: Demo;
  readonly support: OpenConsole;
}

export async function openStage(): Promise<Stage> {
  const [hub, browser] = await Promise.all([startTestHub(), openBrowser()]);
  const demo = await fillHub(hub);
  return { hub, browser, demo, support: await openConsole(browser, hub) };
}

/** Names of the buttons that are on the page. */
export const buttons = async ({ page }: OpenConsole): Promise<string[]> =>
  (await page.getByRole('button').allInnerTexts()).map((each) => each.trim()).filter((each) => each !== '');
