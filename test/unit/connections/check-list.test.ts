import { expect, test } from '@jest/globals';
import { CheckList } from '../../../src/connections/check-list.ts';

const works = { ok: true, skipped: false, detail: 'works' };
const NAMES = ['dns', 'tcp', 'tls', 'auth', 'read', 'map', 'write'];

test('the steps come in their order, each once, whatever was done', async () => {
  const list = new CheckList();
  await list.take('dns', async () => works);
  list.needless('tcp', 'nothing to do');
  list.add('auth', works, 3.4);
  list.add('auth', { ok: false, skipped: false, detail: 'said twice' }, 1);
  const { ok, summary, steps } = list.finish();
  expect(steps.map((each) => each.step)).toEqual(NAMES);
  expect([ok, summary]).toEqual([true, 'Everything that could be tried works: dns, auth.']);
  expect(steps.find((each) => each.step === 'auth')).toEqual({ step: 'auth', ...works, durationMs: 3 });
  expect(steps.every((each) => each.ok)).toBe(true);
});

test('after a failure nothing more is done, and the rest says so', async () => {
  const list = new CheckList();
  await list.take('dns', async () => works);
  await list.take('tcp', async () => ({ ok: false, skipped: false, detail: 'refuses', remedy: 'open it' }));
  let done = false;
  await list.take('tls', async () => {
    done = true;
    return works;
  });
  const { ok, summary, steps } = list.finish();
  expect([done, ok, summary]).toEqual([false, false, 'Stopped at tcp: refuses.']);
  expect(steps.map(({ step, ok: good, skipped }) => [step, good, skipped])).toEqual([
    ['dns', true, false],
    ['tcp', false, false],
    ...NAMES.slice(2).map((step) => [step, false, true]),
  ]);
  expect(steps[1]).toHaveProperty('remedy', 'open it');
});

test('what broke off is the failure of the step that was under way, and has a remedy', () => {
  const list = new CheckList();
  for (const step of ['dns', 'tcp', 'tls', 'auth'] as const) list.add(step, works, 1);
  list.breakOff('no answer', 20);
  expect(list.finish().steps.find((each) => each.step === 'read')).toMatchObject({
    ok: false,
    skipped: false,
    detail: 'no answer',
    remedy: expect.stringMatching(/HIS/),
  });
});
