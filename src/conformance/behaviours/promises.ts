/** What an adapter promises about itself: its manifest, its mappings, its own check, its log, its manners as a client. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { assertCapabilities, type CheckStep } from '../../adapter-kit/index.ts';
import { AdapterError, CONTRACT_VERSION } from '../../adapter-kit/index.ts';
import { runExamples } from '../../mapping/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { must, mustBe, NotApplicable, Unmet } from '../must.ts';
import type { Bench } from '../bench.ts';
import { asBook } from './lost-answers.ts';

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

/** Everything that names the sandbox's patients, and every secret: none of it belongs in a log. */
async function unspeakable(bench: Bench): Promise<string[]> {
  const { name, birthDate, email, phone } = await bench.patient();
  const words = [name.family, ...name.given.filter((each) => each.length > 3), birthDate, email, phone, REASON];
  return [...words.filter((each) => each !== null), ...Object.values(bench.side.settings.secrets)];
}

const FAULT_MS = 1_000;
const REASON = 'canary-of-the-reason';

export const promises: readonly Behaviour[] = [
  {
    id: 'manifest',
    title: 'the manifest is true: directory, contract version, each declared capability has its method and the reverse',
    run({ subject, manifest, connector }) {
      mustBe(manifest.id, subject.id, 'the id, which is the name of the directory');
      mustBe(manifest.contractVersion, CONTRACT_VERSION, 'contractVersion');
      try {
        assertCapabilities(manifest, connector);
      } catch (error) {
        throw new Unmet((error as Error).message);
      }
      return Promise.resolve();
    },
  },
  {
    id: 'config',
    title: 'the settings of its own sandbox fit its configSchema, and without them it says what is missing',
    needs: ['HIS'],
    run(bench) {
      const ajv = new Ajv2020({ strict: true, allErrors: true, strictRequired: false, allowUnionTypes: true });
      addFormats.default(ajv);
      const validate = ajv.compile(bench.manifest.configSchema);
      const { config, secrets } = bench.side.settings;
      const fits = validate(config);
      must(fits, `the sandbox's config: ${ajv.errorsText(validate.errors)}`);
      for (const name of Object.keys(secrets))
        must(
          bench.manifest.secrets.includes(name),
          `the sandbox has a secret "${name}" that the manifest does not name`,
        );
      try {
        bench.connect({});
      } catch (error) {
        must(
          error instanceof AdapterError && error.kind === 'misconfigured',
          `connecting without settings: expected AdapterError "misconfigured", got ${String(error)}`,
        );
        return Promise.resolve();
      }
      throw new Unmet('connecting without settings: expected AdapterError "misconfigured", and it connected');
    },
  },
  {
    id: 'mapping-examples',
    title: 'the examples of its mappings hold',
    run({ subject: { mappings, id } }) {
      if (mappings === undefined) throw new NotApplicable('has no mappings: nothing is translated');
      const all = [...mappings.mappings.values()].map((mapping) => ({ adapter: id, mapping }));
      for (const run of runExamples({ all: () => all })) {
        const [problem] = run.problems();
        must(problem === undefined, `${run.mapping} ${run.example}: ${problem ?? ''}`);
      }
      return Promise.resolve();
    },
  },
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
  {
    id: 'polite',
    title: 'in strict mode the HIS has nothing to complain of, from booking to cancelling',
    needs: ['HIS'],
    async run(bench) {
      await bench.his.strict(true);
      const appointment = await bench.booked();
      await bench.look(asBook(appointment), appointment.transactionId);
      const [to] = await bench.slots(1);
      if (bench.connector.reschedule && to) {
        await bench.write(async (call, connector) => {
          const moved = await connector.reschedule?.(call, { ...appointment, to });
          return moved ?? { class: 'unsupported', reason: 'no-reschedule' };
        });
      }
      await bench.cancel({ ...appointment, slot: bench.connector.reschedule && to ? to : appointment.slot });
      mustBe(
        (await bench.side.holding(appointment.externalId))?.status ?? 'cancelled',
        'cancelled',
        'the appointment at the end',
      );
      const [violation] = await bench.his.violations();
      must(violation === undefined, `${violation?.rule}: ${violation?.detail}`);
    },
  },
  {
    id: 'log-without-phi',
    title: 'neither a patient nor a credential is in what is logged, also when things go wrong',
    async run(bench) {
      const appointment = { ...(await bench.booking()), reason: REASON };
      const faults =
        bench.speaks === undefined ? [] : (['malformed', '500', 'error-in-200', 'html-200', 'token-expired'] as const);
      await bench.book(appointment);
      for (const fault of faults) {
        await bench.his.fault({ on: 'any', fault });
        const { transactionId } = await bench.book(
          { ...appointment, slot: await bench.slot() },
          { deadlineMs: FAULT_MS },
        );
        await bench.look(asBook(appointment), transactionId, { deadlineMs: FAULT_MS });
        await bench.call(async (call, connector) => connector.matchPatient?.(call, appointment.patient), {
          deadlineMs: FAULT_MS,
        });
        await bench.his.clearFaults();
      }
      const text = bench.logged.join('\n');
      for (const word of await unspeakable(bench)) {
        must(
          !text.includes(word),
          `what is logged contains ${word === REASON ? 'the reason of a visit' : 'a name, a date of birth or a credential'}`,
        );
      }
    },
  },
];
