/** The console in a real browser, signed in. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { Role, TestHub } from './hub.ts';

export interface ConsoleOptions {
  readonly role?: Role;
  /** Instead of the role's. */
  readonly token?: string;
  readonly colours?: 'light' | 'dark';
  readonly width?: number;
}

export interface OpenConsole {
  readonly page: Page;
  /** What the page has complained of: errors, and whatever the policy has blocked. */
  readonly complaints: string[];
  /** Goes to a path, and waits until what is to be read there was read. */
  go(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function openConsole(browser: Browser, hub: TestHub, options: ConsoleOptions = {}): Promise<OpenConsole> {
  const { role = 'support', colours = 'light', width = 1280 } = options;
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 900 : 800 },
    colorScheme: colours,
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const token = options.token ?? hub.sandbox.tokens[role];
  await context.addInitScript(
    (text) => sessionStorage.setItem('tessera.sandbox', text),
    JSON.stringify({ token, others: {} }),
  );
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.text()} ${message.location().url}`);
  });
  return {
    page,
    complaints,
    async go(path) {
      await page.goto(hub.sandbox.api + path);
      await page.locator('h1').first().waitFor();
      const unread = page.locator('[aria-busy=true], .mantine-Skeleton-root');
      while ((await unread.count()) > 0) await delay(50);
    },
    close: () => context.close(),
  };
}
