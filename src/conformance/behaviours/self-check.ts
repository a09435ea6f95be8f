/** The check of a connection, which people run before they rely on it: true, in order, and without effect. */
import type { CheckStep } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { must, mustBe } from '../must.ts';

const STEPS: readonly CheckStep['step'][] = ['auth', 'read', 'map', 'write'];

async function stepsOf(bench: Bench): Promise<CheckStep[]> {
  const steps: CheckStep[] = [];
  const { came, exchanges } = await bench.call(async (call, connector) => {
    for await (const step of connector.check?.(call) ?? []) steps.push(step);
  });
  must('value' in came, 'the check itself failed instead of reporting a step that did');
  must(!exchanges.some(({ write }) => write), 'the check writes: it must change nothing');
  return steps;
}

export const selfCheck: readonly Behaviour[] = [
  {
    id: 'checks-itself',
    title: 'its check of a good connection passes in all its steps, in their order, and changes nothing',
    needs: ['HIS', 'ChecksItself'],
    async run(bench) {
      const steps = await stepsOf(bench);
      const failed = steps.find(({ ok }) => !ok);
      must(failed === undefined, `step ${failed?.step}: ${failed?.detail}`);
      const order = steps.map(({ step }) => STEPS.indexOf(step));
      must(
        order.length > 0 && order.every((each, nth) => each > (order[nth - 1] ?? -1)),
        'the steps are not auth, read, map, write',
      );
      mustBe(await bench.his.effects(), [], 'appointments at the HIS');
    },
  },
  {
    id: 'check-fails',
    title: 'its check of a connection that is down stops at the first step that failed, and says what to do',
    needs: ['HIS', 'ChecksItself'],
    async run(bench) {
      await bench.fault({ on: 'any', fault: 'down' });
      const steps = await stepsOf(bench);
      mustBe(steps.filter(({ ok }) => !ok).length, 1, 'failed steps');
      const last = steps.at(-1);
      must(
        last?.ok === false && last.detail.length > 20,
        'the last step is not the failed one, with a sentence about it',
      );
      for (const secret of Object.values(bench.side.settings.secrets)) {
        must(!last.detail.includes(secret), 'the sentence contains a credential');
      }
    },
  },
];
