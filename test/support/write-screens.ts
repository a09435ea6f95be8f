/** Pictures of every page of the console, light and dark, wide and narrow: `npm run screens`, into docs/screens/. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser } from './chromium.ts';
import { openConsole, type ConsoleOptions } from './console.ts';
import { fillHub } from './console-demo.ts';
import { consolePages } from './console-pages.ts';
import { startTestHub, type TestHub } from './hub.ts';
import { paintOf, shiftsOf } from './page-vitals.ts';
import { startTestServer } from './test-server.ts';

const INTO = join(import.meta.dirname, '../../docs/screens');
const LOOKS: Readonly<Record<string, ConsoleOptions>> = {
  light: {},
  dark: { colours: 'dark' },
  narrow: { width: 390 },
};

const server = await startTestServer();
process.env['TESSERA_TEST_ADMIN_URL'] = server.adminUrl;
process.env['TESSERA_TEST_TEMPLATE'] = server.template;
let hub: TestHub | undefined;
let browser: Browser | undefined;
try {
  hub = await startTestHub();
  browser = await openBrowser();
  const demo = await fillHub(hub);
  const wanted = process.argv.slice(2);
  if (wanted.length === 0) await rm(INTO, { recursive: true, force: true });
  await mkdir(INTO, { recursive: true });
  const pages = Object.entries(await consolePages(hub, demo)).filter(
    ([name]) => wanted.length === 0 || wanted.includes(name),
  );
  for (const [look, options] of Object.entries(LOOKS)) await takeAll(hub, browser, pages, look, options);
} finally {
  await browser?.close();
  await hub?.stop();
  await server.stop();
}

async function takeAll(
  of: TestHub,
  by: Browser,
  pages: readonly (readonly [string, string])[],
  look: string,
  options: ConsoleOptions,
): Promise<void> {
  const shown = await openConsole(by, of, { role: 'admin', ...options });
  for (const [name, path] of pages) {
    await shown.go(path);
    const [paint, shift] = [await paintOf(shown.page), await shiftsOf(shown.page)];
    process.stdout.write(
      `${name} ${look}: largest content after ${Math.round(paint)} ms, moved by ${shift.toFixed(3)}\n`,
    );
    await shown.page.screenshot({ path: join(INTO, `${name}-${look}.png`), fullPage: false });
  }
  // Last: who has signed out sees the way in.
  await shown.page.getByRole('button', { name: /^Signed in/ }).click();
  await shown.page.getByRole('menuitem', { name: 'Sign out' }).click();
  await shown.page.getByRole('heading', { name: 'Tessera console' }).waitFor();
  await shown.page.screenshot({ path: join(INTO, `sign-in-${look}.png`) });
  for (const complaint of new Set(shown.complaints)) process.stderr.write(`${look}: ${complaint}\n`);
  await shown.close();
}
