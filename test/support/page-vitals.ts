/** How a page felt while it came: https://web.dev/articles/vitals, as the browser has kept it. */
import type { Page } from 'playwright-core';

// As text: it is run by the browser, whose names the tests do not know.
const kept = (type: string, fold: string): string => `new Promise((resolve) => {
  let value = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) value = ${fold}; }).observe({ type: '${type}', buffered: true });
  // What was kept is told in a task of its own.
  setTimeout(() => resolve(value), 50);
})`;

/** When the largest content was there: ms since the navigation began. */
export const paintOf = (page: Page): Promise<number> =>
  page.evaluate<number>(kept('largest-contentful-paint', 'entry.startTime'));

/** How much has moved without anybody having asked for it: 0 is nothing. */
export const shiftsOf = (page: Page): Promise<number> =>
  page.evaluate<number>(kept('layout-shift', 'value + (entry.hadRecentInput ? 0 : entry.value)'));
