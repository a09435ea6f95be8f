/** All corpora at one hub, and what came of them in docs/. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { startTestServer } from '../../support/test-server.ts';
import { attackWith, CORPORA, type Attacked } from './attack.ts';
import { Target } from './target.ts';

const DOCS = join(import.meta.dirname, '../../../docs');
const TABLE = /(<!-- corpora -->\n)[^]*?(\n<!-- end of corpora -->)/;
const SHOWN_FAILURES = 20;

/** Returns the exit code. */
export async function runCorpora(): Promise<number> {
  const server = await startTestServer();
  process.env['TESSERA_TEST_ADMIN_URL'] = server.adminUrl;
  process.env['TESSERA_TEST_TEMPLATE'] = server.template;
  const target = await Target.open();
  const results: Attacked[] = [];
  let leaks: readonly string[];
  try {
    for (const corpus of CORPORA) {
      const attacked = await attackWith(target, corpus);
      results.push(attacked);
      process.stdout.write(`${attacked.failures.length === 0 ? 'ok  ' : 'FAIL'} ${corpus.name}: ${textOf(attacked)}\n`);
      for (const failure of attacked.failures.slice(0, SHOWN_FAILURES)) process.stdout.write(`     ${failure}\n`);
    }
    leaks = await target.findLeaks();
    process.stdout.write(`${leaks.length === 0 ? 'ok  ' : 'FAIL'} patients’ data: ${leaks.join(', ') || 'nowhere'}\n`);
  } finally {
    await target.stop();
    await server.stop();
  }
  await write(results, leaks);
  return leaks.length === 0 && results.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

const textOf = ({ cases, outcomes, failures }: Attacked): string =>
  `${cases} cases, ${outcomes.refused} refused, ${outcomes.taken} taken, ${outcomes.closed} closed, ${failures.length} failures`;

async function write(results: readonly Attacked[], leaks: readonly string[]): Promise<void> {
  writeFileSync(
    join(DOCS, 'corpora-results.jsonl'),
    results
      .map(
        ({ corpus, at, cases, outcomes, failures }) =>
          `${JSON.stringify({ corpus, at, cases, ...outcomes, failures })}\n`,
      )
      .join(''),
  );
  const rows = results.map(
    ({ corpus, what, at, cases, outcomes: { refused, taken, closed }, failures }) =>
      `| ${corpus} | ${what} | ${at} | ${cases} | ${refused} | ${taken} | ${closed} | ${failures.length} |`,
  );
  const sum = (of: (each: Attacked) => number): number => results.reduce((all, each) => all + of(each), 0);
  const all = `| all | | | ${sum(({ cases }) => cases)} | ${sum(({ outcomes }) => outcomes.refused)} | ${sum(({ outcomes }) => outcomes.taken)} | ${sum(({ outcomes }) => outcomes.closed)} | ${sum(({ failures }) => failures.length)} |`;
  const table = [
    '| corpus | what | at | cases | refused | taken | closed | crash, 5xx, or read as something else |',
    '| --- | --- | --- | --: | --: | --: | --: | --: |',
    ...rows,
    all,
    '',
    `Places where a patient’s data stood that must not (the log, refusals, every table): ${leaks.length}.`,
  ].join('\n');
  const file = join(DOCS, 'security.md');
  const page = readFileSync(file, 'utf8').replace(
    TABLE,
    (_, begin: string, end: string) => `${begin}\n${table}\n${end}`,
  );
  writeFileSync(file, await format(page, { parser: 'markdown', printWidth: 120 }));
}
