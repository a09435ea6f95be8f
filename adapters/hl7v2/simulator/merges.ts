/** H10: the hospital finds that somebody was registered twice, and says so by ADT. Its book stays as it is: both keys are known. */
import { formatDt, formatDtm } from '#adapter-kit';
import type { SimulatedHis, SimulatedPatient } from '#adapter-kit/simulator';
import { HOSPITAL_NAME } from './hospital.ts';
import { messageOf, type Segment } from './wording.ts';

type Telling = () => Uint8Array;
type Person = Pick<SimulatedPatient, 'id' | 'name' | 'birthDate'>;

export const MERGE_FORMS = ['repeated-mrg', 'repeated-groups', 'chain', 'never-seen', 'unlink'] as const;

/** What is told of a patient who was just registered. Of A40 the PID survives, MRG-1 is retired. */
export function mergesOf(his: SimulatedHis, patient: SimulatedPatient): Telling[] {
  const [first, second = first] = his.book.patients();
  if (first === undefined || second === undefined) return [];
  const other = (id: string): Person => ({ ...patient, id });
  const [earlier, later] = [`${patient.id}-1`, `${patient.id}-2`];
  switch (MERGE_FORMS.find((form) => form === his.quirks.value('H10'))) {
    case 'repeated-mrg':
      return [merged(his, [first, patient.id, earlier, later])];
    case 'repeated-groups':
      return [merged(his, [first, patient.id], [second, earlier])];
    case 'chain':
      return [merged(his, [other(later), patient.id]), merged(his, [first, later])];
    case 'never-seen':
      return [merged(his, [other(later), earlier])];
    case 'unlink':
      return [
        merged(his, [first, patient.id]),
        () => messageOf(his, ['ADT', 'A37', 'ADT_A37'], [event('A37'), pid(first), pid(patient)]),
      ];
    default:
      return [];
  }
}

/** ADT^A40 of groups: who survives, and the keys that are retired. */
const merged =
  (his: SimulatedHis, ...groups: readonly (readonly [Person, ...string[]])[]): Telling =>
  () =>
    messageOf(
      his,
      ['ADT', 'A40', 'ADT_A39'],
      [event('A40'), ...groups.flatMap(([survivor, ...retired]) => [pid(survivor), mrg(retired)])],
    );

const event = (code: string): Segment => ({ segment: 'EVN', 'EVN-1': code, 'EVN-2': formatDtm(Date.now(), 'UTC') });
const key = (id: string): object => ({ 1: id, 4: HOSPITAL_NAME.application, 5: 'MR' });
const mrg = (ids: readonly string[]): Segment => ({ segment: 'MRG', 'MRG-1': ids.map(key) });
const pid = ({ id, name, birthDate }: Person): Segment => ({
  segment: 'PID',
  'PID-3': key(id),
  'PID-5': { 1: name.family, 2: name.given[0] },
  'PID-7': formatDt(birthDate),
});
