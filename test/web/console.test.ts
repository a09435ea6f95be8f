/** The console in a real Chromium: the tasks of its people, and what must never happen on any page. */
import { afterAll, beforeAll } from '@jest/globals';
import { engineerAndAdminTests } from './engineer-and-admin.ts';
import { everyPageTests } from './every-page.ts';
import { signingInTests } from './signing-in.ts';
import { openStage, type Stage } from './stage.ts';
import { strangerTests } from './strangers.ts';
import { supportTests } from './support-person.ts';
import { taskTests } from './tasks.ts';

let opened: Stage | undefined;
const stage = (): Stage => {
  if (!opened) throw new Error('nothing was opened');
  return opened;
};

beforeAll(async () => {
  opened = await openStage();
}, 180_000);
afterAll(async () => {
  await opened?.browser.close();
  await opened?.hub.stop();
});

// In this order: what later ones do is seen by none before them.
everyPageTests(stage);
signingInTests(stage);
supportTests(stage);
engineerAndAdminTests(stage);
taskTests(stage);
strangerTests(stage);
