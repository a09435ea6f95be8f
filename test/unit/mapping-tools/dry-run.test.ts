import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadContracts } from '../../../src/contracts.ts';
import { dryRun, type DryRun } from '../../../src/mapping-tools/dry-run.ts';

const contracts = loadContracts(join(import.meta.dirname, '../../../contracts'));

const HEAD = `# yaml-language-server: $schema=../../contracts/schemas/mapping.schema.json
mapping: one
description: Smith is said here, and is no word of the mapping.
examples: [examples/any.json]
`;

function run(rules: string, input: unknown): DryRun {
  const texts = [
    ['one.yaml', HEAD + rules],
    ['codes/kinds.csv', 'vendor,canonical,source,date\nB,video,Smith,2026-11-01\nV,telemedicine,Smith,2026-11-01\n'],
    ['examples/any.json', '{"input": {}, "output": {}}'],
  ] as const;
  const answer = dryRun({ texts, shown: 'x', mapping: 'one', input, contracts: 'contracts' }, contracts);
  if (answer.kind === 'refused') throw new Error(JSON.stringify(answer.problems));
  return answer;
}

const PROVIDER = `to: his-provider
each: rows[kind=doctor]
fields:
  externalId: { path: id, required: true }
  name:
    fields:
      family: { path: family, required: true }
      given: { list: [{ path: given }] }
  phone: { phone: { path: tel, country: US } }
  email: { path: mail }
  languages: { list: [{ path: language }] }
`;
const DOCTOR = {
  kind: 'doctor',
  id: 'D-17',
  family: 'Smith',
  given: 'Ann-Marie',
  tel: '(212) 555-0123',
  mail: 'ann@clinic.example',
  language: 'en',
  born: '1961-02-03',
  note: 'Smith, room 9',
  salary: 123456,
};

describe('a message of a real hospital', () => {
  test('is shown with what the contract lets be shown and what the mapping says itself, and nothing else of it', () => {
    const { kind, example, differs } = run(PROVIDER, { rows: [DOCTOR, { ...DOCTOR, kind: 'nurse', id: 'N-4' }] });
    expect([kind, differs]).toEqual(['done', []]);
    const said = {
      kind: 'doctor',
      id: 'D-17',
      family: 'Xxxxx',
      given: 'Xxx-Xxxxx',
      tel: '+12025550100',
      mail: 'xxx@xxxxxx.xxxxxxx',
      language: 'en',
      born: '2011-11-11',
      note: 'Xxxxx, xxxx 1',
      salary: 111_111,
    };
    expect(example?.input).toEqual({ rows: [said, expect.objectContaining({ kind: 'xxxxx', id: 'X-1' })] });
    expect(example?.output).toEqual([
      {
        externalId: 'D-17',
        name: { family: 'Xxxxx', given: ['Xxx-Xxxxx'] },
        phone: '+12025550100',
        email: 'xxx@xxxxxx.xxxxxxx',
        languages: ['en'],
      },
    ]);
    expect(JSON.stringify(example)).not.toMatch(/Smith|Ann|555-0123|clinic|1961|123456|nurse|N-4/i);
  });

  test('keeps a code of a table, and the word that a reference begins with, where the rest of it is of a patient', () => {
    const rules = `fields:
  mode: { table: codes/kinds.csv, path: kind, required: true }
  who: { path: 'refs[ref^=Patient/].ref', after: Patient/, required: true }
  at: { time: { local: { path: at, format: dd.MM.yyyy HH:mm }, zone: { const: Europe/Berlin } } }
`;
    const input = { kind: 'V', refs: [{ ref: 'Doctor/77' }, { ref: 'Patient/4711' }], at: '08.03.2027 14:05' };
    const { example, differs } = run(rules, input);
    expect(differs).toEqual([]);
    expect(example?.input).toEqual({
      kind: 'V',
      refs: [{ ref: 'Xxxxxx/11' }, { ref: 'Patient/1111' }],
      at: '11.11.1111 11:11',
    });
    expect(example?.output).toMatchObject({ mode: 'telemedicine', who: '1111' });
  });

  test('is told with the place of its fault, and its example meets the same one', () => {
    const { kind, error, example } = run(PROVIDER, { rows: [{ ...DOCTOR, family: undefined }] });
    expect(kind).toBe('misfit');
    expect(error).toMatchObject({ file: 'x/one.yaml', line: 11, field: 'name.family', found: 'absent' });
    expect(example).toMatchObject({ error: 'field "name.family"' });
    expect(JSON.stringify([error, example])).not.toMatch(/Smith|Ann/);
  });

  test('is not shown where its redacted form would map otherwise, and the field is named', () => {
    const rules = `to: his-provider
fields:
  externalId: { expr: "$substring(family, 0, 1) = 'S' ? 'first' : 'second'" }
  name: { fields: { family: { path: family }, given: { const: [] } } }
`;
    expect(run(rules, { family: 'Smith' })).toEqual({ kind: 'done', example: null, differs: ['/externalId'] });
  });
});
