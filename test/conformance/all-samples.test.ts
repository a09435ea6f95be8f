/** Every file of the corpus is taken by a samples test, is what its manifest says, and is counted in docs/samples.md. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openCorpus } from '../support/samples.ts';
import { DISAGREEMENTS } from './samples/disagreements.ts';
import { SUITES, directoryOf, samplesPage } from './samples/page.ts';

const corpus = openCorpus();

if (corpus === undefined) {
  test('the sample corpus is not on this machine: set TESSERA_SAMPLES to its directory to replay it', () => {
    expect(process.env['TESSERA_SAMPLES']).toBeUndefined();
  });
} else {
  const { entries } = corpus;

  test('each file is in a directory that a samples test takes whole', () => {
    const unknown = entries.filter(({ file }) => SUITES[directoryOf(file)] === undefined);
    expect(unknown.map(({ file }) => file)).toEqual([]);
  });

  test.each(Object.entries(SUITES))('%s is opened by the tests that are said to take it', (directory, suites) => {
    expect(entries.some(({ file }) => directoryOf(file) === directory)).toBe(true);
    for (const suite of suites) {
      const text = readFileSync(join(import.meta.dirname, `${suite}.test.ts`), 'utf8');
      expect(text).toMatch(new RegExp(`openCorpus\\('${directory}'\\)`));
    }
  });

  test.each(entries)('$file is what the manifest says', ({ file, sha256 }) => {
    expect(createHash('sha256').update(corpus.bytes(file)).digest('hex')).toBe(sha256);
  });

  test('a disagreement is about a file that there is, once', () => {
    const files = DISAGREEMENTS.map(({ file }) => file);
    expect(files.filter((file) => !entries.some((entry) => entry.file === file))).toEqual([]);
    expect(new Set(files).size).toBe(files.length);
  });

  test('docs/samples.md says what is tested; npm run docs writes it anew', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/samples.md'), 'utf8');
    expect(page).toBe(samplesPage(entries));
  });
}
