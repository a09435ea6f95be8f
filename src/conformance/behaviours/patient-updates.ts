/** Changes of a patient at the HIS: whole, of the right one, as often as one likes, and a refusal is not kept quiet. */
import { v7 as uuidv7 } from 'uuid';
import type { PatientAtHis } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { wordsOf, type Bench, type Written } from '../bench.ts';
import type { CallOptions } from '../call-once.ts';
import { mustBe, mustBeOneOf } from '../must.ts';

const MOVED: Pick<PatientAtHis, 'name' | 'phone' | 'address'> = {
  name: { given: ['Wilhelmina'], family: 'Changed-Since' },
  phone: '+12125550163',
  address: { line: ['7 Oak Ave'], city: 'Newark', postalCode: '07102', country: 'US' },
};

const update = (bench: Bench, patient: PatientAtHis, options?: CallOptions): Promise<Written> =>
  bench.write((call, connector) => {
    if (connector.updatePatient === undefined) throw new Error('updatePatient() is missing');
    return connector.updatePatient(call, patient);
  }, options);

/** As the HIS has them; names in small letters, since some write them in capitals. */
async function recordOf(bench: Bench, patientId: string) {
  const { patients } = await bench.his.world();
  const found = patients.find(({ id }) => id === patientId);
  return {
    count: patients.length,
    family: found?.name.family.toLowerCase(),
    address: found?.address,
    email: found?.email,
  };
}

export const patientUpdates: readonly Behaviour[] = [
  {
    id: 'update-is-whole',
    title: 'an update brings every field, takes away what is empty now, and the same update twice is as once',
    needs: ['HIS', 'UpdatesPatients'],
    async run(bench) {
      const patient: PatientAtHis = { ...(await bench.patient()), ...MOVED, email: 'w.changed@example.com' };
      const { count } = await recordOf(bench, patient.externalId);
      const transactionId = uuidv7();
      for (const attempt of [1, 2]) {
        const { outcome } = await update(bench, patient, { transactionId, attempt });
        mustBe(wordsOf(outcome), 'success', `the update, attempt ${attempt}`);
        const record = await recordOf(bench, patient.externalId);
        mustBe(record.count, count, 'the number of patients');
        mustBe(record.family, 'changed-since', 'the family name at the HIS');
        mustBe(record.address?.city, 'Newark', 'the city at the HIS');
        mustBe(record.email, 'w.changed@example.com', 'the e-mail address at the HIS');
      }
      const { outcome } = await update(bench, { ...patient, email: null, address: null });
      mustBe(wordsOf(outcome), 'success', 'the update that empties');
      const emptied = await recordOf(bench, patient.externalId);
      mustBe([emptied.email ?? null, emptied.address ?? null], [null, null], 'what was taken away');
    },
  },
  {
    id: 'update-answer-lost',
    title: 'an update whose answer is lost is unknown, and sent again it succeeds',
    needs: ['HIS', 'UpdatesPatients'],
    async run(bench) {
      const patient: PatientAtHis = { ...(await bench.patient()), ...MOVED };
      await bench.fault({ on: 'any', fault: 'reset-after-commit', times: 1 });
      const lost = await update(bench, patient);
      mustBe(lost.outcome.class, 'unknown', 'the update whose answer is lost');
      const again = await update(bench, patient, { transactionId: lost.transactionId, attempt: 2 });
      mustBe(wordsOf(again.outcome), 'success', 'the update sent again');
      mustBe((await recordOf(bench, patient.externalId)).family, 'changed-since', 'the family name at the HIS');
    },
  },
  {
    id: 'update-of-nobody',
    title: 'an update of a patient whom the HIS does not know is refused as not found, and makes nobody',
    needs: ['HIS', 'UpdatesPatients'],
    async run(bench) {
      const nobody: PatientAtHis = { ...(await bench.patient()), ...MOVED, externalId: uuidv7(), identifiers: [] };
      const { count } = await recordOf(bench, nobody.externalId);
      const { outcome } = await update(bench, nobody);
      mustBe(outcome.class, 'not-found', 'the update of somebody unknown');
      mustBe((await recordOf(bench, nobody.externalId)).count, count, 'the number of patients');
    },
  },
  {
    id: 'update-refused',
    title: 'an update that the HIS has not taken is never a success',
    needs: ['HIS', 'UpdatesPatients'],
    async run(bench) {
      const patient: PatientAtHis = { ...(await bench.patient()), ...MOVED };
      const before = await recordOf(bench, patient.externalId);
      for (const fault of ['500', 'error-in-200', 'token-expired'] as const) {
        await bench.fault({ on: 'any', fault, times: 1 });
        const { outcome } = await update(bench, patient);
        mustBeOneOf(
          outcome.class,
          ['transient', 'throttled', 'auth', 'unknown', 'uncategorised', 'invalid'],
          `the update under ${fault}`,
        );
        mustBe((await recordOf(bench, patient.externalId)).family, before.family, 'the family name at the HIS');
        await bench.his.clearFaults();
      }
    },
  },
];
