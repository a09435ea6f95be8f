import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { failuresIn, runConformance, type Subject } from '../../src/conformance/index.ts';
import { conformanceSubjects, type Subjects } from '../support/conformance-subjects.ts';
import { SOUND } from './broken/broken.ts';
import { cerner } from './broken/cerner.ts';
import { bookingBy, hl7v2 } from './broken/hl7v2.ts';
import { cleanUp, manners } from './broken/manners.ts';
import { pushes } from './broken/pushes.ts';
import { reads } from './broken/reads.ts';
import { writes } from './broken/writes.ts';
import { xmlHis } from './broken/xml-his.ts';

const ALL = [...writes, ...reads, ...manners, ...cerner, ...xmlHis, ...hl7v2, ...pushes];

let subjects: Subjects;
const sound = new Map<string, Subject>();

beforeAll(async () => {
  subjects = await conformanceSubjects();
  for (const name of SOUND) {
    const [subject] = await subjects.load(name);
    sound.set(name, subject);
  }
});
afterAll(async () => {
  cleanUp();
  await subjects.close();
});

describe('the suite catches an adapter that', () => {
  test.each(ALL.map((each) => [each.of, each.fault, each] as const))('%s: %s', async (_of, _fault, broken) => {
    const subject = sound.get(broken.of);
    if (subject === undefined) throw new Error(`there is no adapter ${broken.of}`);
    const report = await runConformance(
      { ...subject, adapter: broken.breaks(subject.adapter) },
      { only: broken.caughtBy },
    );
    const caught = failuresIn(report).map(({ id }) => id);
    expect(caught.toSorted()).toEqual(broken.caughtBy.toSorted());
  });
});

test('the line that HL7 v2 faults are put into is not what is caught', async () => {
  const subject = sound.get('hl7v2');
  if (subject === undefined) throw new Error('there is no adapter hl7v2');
  const adapter = bookingBy(() => ({}))(subject.adapter);
  const report = await runConformance({ ...subject, adapter }, { only: ['answers-in-pieces', 'books', 'slot-taken'] });
  expect(report.behaviours.map(({ verdict }) => verdict)).toEqual(['passed', 'passed', 'passed']);
});
