import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadContracts } from '../../../src/contracts.ts';
import { loadMappings, runExamples } from '../../../src/mapping/index.ts';
import { loadFiles } from './mapping-directory.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('shipped mappings', () => {
  const library = loadMappings(join(ROOT, 'mappings'), loadContracts(join(ROOT, 'contracts')));
  const runs = [...runExamples(library)];

  test('there are some, and each has an example', () => {
    expect(runs.length).toBeGreaterThan(0);
    const exercised = new Set(runs.map(({ adapter, mapping }) => `${adapter}/${mapping}`));
    expect([...exercised]).toEqual(library.all().map(({ adapter, mapping }) => `${adapter}/${mapping.name}`));
  });

  for (const run of runs) {
    test(`${run.adapter}/${run.mapping} does what ${run.example} says`, () => {
      expect(run.problems()).toEqual([]);
    });
  }
});

describe('an example fails', () => {
  const schemas = {
    given: { type: 'object', properties: { a: { type: 'string' } } },
    made: { type: 'object', required: ['b'], properties: { b: { enum: ['x', 'y'] } } },
  };
  const problems = (example: object, head = ''): string[] => {
    const mapping = `mapping: one\ndescription: d\n${head}fields:\n  b: { path: a }\nexamples: [e.json]\n`;
    const library = loadFiles({ 'x/one.yaml': mapping, 'x/e.json': JSON.stringify(example) }, schemas);
    return [...runExamples(library)].flatMap((run) => run.problems());
  };

  test('not when it holds', () => {
    expect(problems({ input: { a: 'x' }, output: { b: 'x' } }, 'from: given\nto: made\n')).toEqual([]);
    expect(problems({ input: [{ a: 'x' }], output: [{ b: 'x' }] }, 'to: made\neach: .\n')).toEqual([]);
    expect(problems({ input: { a: [] }, error: 'found array' }, 'from: given\n')).toEqual([]);
  });

  test('when the output differs, naming what and where', () => {
    expect(problems({ input: { a: 'x' }, output: { b: 'y', c: [1] } })).toEqual([
      '/b is "x", expected "y"',
      '/c is absent, expected [1]',
    ]);
    expect(problems({ input: { a: 'x' }, output: [] })).toEqual(['/ is {"b":"x"}, expected []']);
  });

  test('when there is an error instead of an output, or the other way round, or another error', () => {
    expect(problems({ input: { a: {} }, output: {} })[0]).toContain('found object');
    expect(problems({ input: { a: 'x' }, error: 'found' })).toEqual(['expected an error with "found", got an output']);
    expect(problems({ input: { a: {} }, error: 'found array' })[0]).toContain(
      'expected an error with "found array", got: ',
    );
  });

  test('when its input or its expected output breaks the contract', () => {
    expect(problems({ input: { a: 7 }, output: { b: 7 } }, 'from: given\n')).toEqual([
      'the input breaks its contract: /a must be string',
    ]);
    expect(problems({ input: { a: 'x' }, output: { b: 'z' } }, 'to: made\n')).toContain(
      'the expected output breaks its contract: /b must be equal to one of the allowed values',
    );
  });
});
