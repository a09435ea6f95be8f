/** docs/write-a-mapping.md, step by step as it stands there. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT, tessera } from './tessera.ts';

const GUIDE = readFileSync(join(ROOT, 'docs/write-a-mapping.md'), 'utf8');

/** Twenty visits as the guide describes them. */
function sample(number: number): string {
  const no = String(number).padStart(2, '0');
  const state = new Map([
    [3, 'S'],
    [5, 'C'],
    [9, 'N'],
    [12, 'C'],
    [16, 'N'],
  ]).get(number);
  const begin = number === 20 ? '28.03.2027 02:30' : `${String((number % 20) + 1).padStart(2, '0')}.03.2027 14:00`;
  const remarks = number === 7 ? ['hub:0197f3a2', 'brings an interpreter'] : [`hub:${no}`];
  return `<?xml version="1.0" encoding="UTF-8"?>
<Visit no="A-10${no}" room="B2">
  <Begin>${begin}</Begin>
  <Minutes>${number % 3 === 0 ? 45 : 30}</Minutes>
  ${number === 12 ? '' : `<Patient>P-5${no}</Patient>`}
  <Doctor>17</Doctor>
  <Clinic>NORTH</Clinic>
  <State>${state ?? 'F'}</State>
  ${remarks.map((remark) => `<Remark>${remark}</Remark>`).join('\n  ')}
</Visit>
`;
}

interface Step {
  readonly kind: string;
  readonly text: string;
  /** The path in backquotes on the line above. */
  readonly file: string | undefined;
}

const STEPS = [...GUIDE.matchAll(/(?:`([\w./-]+)`:\n\n)?```(yaml|csv|sh|text)\n([\s\S]*?)```/g)].map(
  ([, file, kind = '', text = '']): Step => ({ kind, text, file }),
);

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'write-a-mapping-'));
  mkdirSync(join(directory, 'samples'));
  mkdirSync(join(directory, 'mappings'));
  for (let number = 1; number <= 20; number++) {
    writeFileSync(join(directory, `samples/${String(number).padStart(2, '0')}.xml`), sample(number));
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('a newcomer who does what the guide says gets what it says, and ends with green tests', async () => {
  let last = '';
  const commands: string[] = [];
  for (const { kind, text, file } of STEPS) {
    if (file !== undefined) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), text);
    } else if (kind === 'sh') {
      for (const line of text.trim().split('\n')) {
        const [command = '', expected = '0'] = line.split(' # exit code ');
        commands.push(command);
        if (!command.startsWith('npx tessera ')) {
          execFileSync('sh', ['-c', command], { cwd: directory });
          continue;
        }
        const ended = await tessera(command.split(' ').slice(2), { cwd: directory });
        last = ended.out;
        expect({ command, code: ended.code, err: ended.err }).toEqual({ command, code: Number(expected), err: '' });
      }
    } else if (kind === 'text') expectSaid(last, text);
  }
  expect(commands.filter((command) => /map (lint|test|coverage)/.test(command))).toHaveLength(3);
  expect(readFileSync(join(directory, 'mappings/lakeside/examples/visit.json'), 'utf8')).toContain(
    '"status": "booked"',
  );
}, 180_000);

/** What the guide shows is what was printed; an ellipsis stands for what it leaves out. */
function expectSaid(printed: string, shown: string): void {
  for (const line of shown.trim().split('\n')) {
    for (const part of line.split('…')) expect(printed).toContain(part.trim());
  }
}
