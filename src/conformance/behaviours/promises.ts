/** What an adapter promises about itself: its manifest, its settings, its mappings, its manners as a client. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { AdapterError, assertCapabilities, CONTRACT_VERSION } from '../../adapter-kit/index.ts';
import { isTimeZone } from '../../domain/index.ts';
import { runExamples } from '../../mapping/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { must, mustBe, NotApplicable, Unmet } from '../must.ts';
import { wordsOf } from '../bench.ts';
import { lookUntil } from '../look-until.ts';
import { asBook, lose } from '../unknown.ts';

/** Free slots of so long are more than one page of most vendors. */
const MANY_PAGES_MS = 9 * 24 * 3_600_000;

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
      ajv.addFormat('iana-time-zone', isTimeZone);
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
    id: 'polite',
    title: 'in strict mode the HIS has nothing to complain of, from searching, page by page, to cancelling',
    needs: ['HIS'],
    async run(bench) {
      await bench.his.strict(true);
      await bench.slotsIn({ from: new Date().toISOString(), to: new Date(Date.now() + MANY_PAGES_MS).toISOString() });
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
    id: 'polite-after-a-loss',
    title:
      'in strict mode the HIS has nothing to complain of after a lost answer: nothing is sent again before somebody has looked',
    needs: ['HIS'],
    async run(bench) {
      await bench.his.strict(true);
      const { request, made } = await lose(bench, 'reset-before');
      const { transactionId } = made;
      const { finding } = await lookUntil(bench, asBook(request), transactionId, 'absent');
      if (finding.kind === 'absent') {
        const again = await bench.book(request, { transactionId, attempt: 2 });
        mustBe(wordsOf(again.outcome), 'success', 'the second attempt');
      }
      const [violation] = await bench.his.violations();
      must(violation === undefined, `${violation?.rule}: ${violation?.detail}`);
    },
  },
];
