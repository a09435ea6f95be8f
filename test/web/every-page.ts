/** What must never be on any page. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { openConsole, type OpenConsole } from '../support/console.ts';
import { consolePages } from '../support/console-pages.ts';
import { paintOf, shiftsOf } from '../support/page-vitals.ts';
import type { Stage } from './stage.ts';

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
/** web.dev/articles/cls: good is at most so much. */
const SHIFT_MAX = 0.1;
const PAINT_MAX_MS = 1_500;
const PHONE_WIDTH = 390;

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

export function everyPageTests(stage: () => Stage): void {
  test('no page has a barrier that axe calls serious, light or dark, is wider than a phone, moves while it is read, on a phone or off it, or does what its policy forbids', async () => {
    const { hub, browser, demo } = stage();
    const shown = await openConsole(browser, hub, { role: 'admin' });
    const phone = await openConsole(browser, hub, { role: 'admin', width: PHONE_WIDTH });
    const { page } = shown;
    // As a user's own extension would: not by the page, so past its policy.
    await page.addInitScript(AXE);
    const found: unknown[] = [];
    for (const path of [...Object.values(await consolePages(hub, demo)), '/no-such-page']) {
      await shown.go(path);
      const shift = await shiftsOf(page);
      if (shift > SHIFT_MAX) found.push({ path, shift });
      found.push(...(await barriers(shown)).map((each) => ({ path, light: each })));
      await page.emulateMedia({ colorScheme: 'dark' });
      // What is half way between two colours is no fault of either.
      await page.locator('html[data-mantine-color-scheme=dark]').waitFor({ state: 'attached' });
      await page.waitForFunction('document.getAnimations().every(({ playState }) => playState !== "running")');
      found.push(...(await barriers(shown, ['color-contrast'])).map((each) => ({ path, dark: each })));
      await page.emulateMedia({ colorScheme: 'light' });
      await phone.go(path);
      const phoneShift = await shiftsOf(phone.page);
      if (phoneShift > SHIFT_MAX) found.push({ path, phoneShift });
      const width = Number(await phone.page.evaluate('document.documentElement.scrollWidth'));
      if (width > PHONE_WIDTH) found.push({ path, width });
    }
    expect(found).toEqual([]);
    expect([shown.complaints, phone.complaints]).toEqual([[], []]);
    await Promise.all([shown.close(), phone.close()]);
  }, 240_000);

  test('the first page asks for at most 300 kB, packed, and its largest content is there within 1.5 s', async () => {
    const { hub, browser } = stage();
    // Whoever has the machine beside this test has it no longer than for some of these.
    const paints: number[] = [];
    for (let nth = 0; nth < 5 && !paints.some((ms) => ms <= PAINT_MAX_MS); nth += 1) {
      const shown = await openConsole(browser, hub);
      const sizes: number[] = [];
      shown.page.on('response', (response) => sizes.push(Number(response.headers()['content-length'] ?? 0)));
      await shown.go('/');
      const bytes = sizes.reduce((sum, each) => sum + each, 0);
      expect(bytes).toBeGreaterThan(100_000);
      expect(bytes).toBeLessThanOrEqual(300_000);
      paints.push(await paintOf(shown.page));
      await shown.close();
    }
    expect(Math.min(...paints)).toBeLessThanOrEqual(PAINT_MAX_MS);
  }, 60_000);
}
