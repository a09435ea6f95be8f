import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runConformance, type Subject } from '../../src/conformance/index.ts';
import { conformanceSubjects, type Subjects } from '../support/conformance-subjects.ts';
import { cleanUp, manners } from './broken/manners.ts';
import { reads } from './broken/reads.ts';
import { writes } from './broken/writes.ts';

let subjects: Subjects;
const sound = new Map<string, Subject>();

beforeAll(async () => {
  subjects = await conformanceSubjects();
  for (const name of ['epic', '_template', 'native']) {
    const [subject] = await subjects.load(name);
    sound.set(name, subject);
  }
});
afterAll(async () => {
  cleanUp();
  await subjects.close();
});

describe('the suite catches an adapter that', () => {
  test.each([...writes, ...reads, ...manners].map((each) => [each.fault, each] as const))('%s', async (_, broken) => {
    const subject = sound.get(broken.of);
    if (subject === undefined) throw new Error(`there is no adapter ${broken.of}`);
    const report = await runConformance(
      { ...subject, adapter: broken.breaks(subject.adapter) },
      { only: broken.caughtBy },
    );
    const caught = report.behaviours.filter(({ verdict }) => verdict === 'failed').map(({ id }) => id);
    expect(caught.toSorted()).toEqual(broken.caughtBy);
  });
});
