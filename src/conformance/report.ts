/** What the suite found: for a terminal, and as the page docs/conformance.md. */
import type { AdapterReport, Result } from './run.ts';

const SIGNS = { passed: '✓', failed: '✗', 'not-applicable': '–' } as const;

/** One adapter, for a terminal: a line per behaviour, with the reason of whatever is not simply kept. */
export function asText({ id, title, behaviours, answers }: AdapterReport): string {
  const all = [...behaviours, ...answers];
  const lines = all.map(({ verdict, id: behaviour, title: words, detail }) => {
    const reason = detail === undefined ? '' : `\n      ${detail}`;
    return `  ${SIGNS[verdict]} ${behaviour}: ${words}${reason}`;
  });
  return [`${id} (${title})`, ...lines, `  ${summary(all)}`, ''].join('\n');
}

function summary(results: readonly Result[]): string {
  const count = (verdict: Result['verdict']): number => results.filter((each) => each.verdict === verdict).length;
  return `${count('passed')} kept, ${count('failed')} broken, ${count('not-applicable')} not applicable`;
}

/** All adapters in one table, every gap with its reason; then the rows of each vendor's own table. */
export function asMarkdown(reports: readonly AdapterReport[]): string {
  const notes = new Notes();
  const first = reports[0];
  const header = ['behaviour', 'guarantee', ...reports.map(({ id }) => id)];
  const rows = (first?.behaviours ?? []).map(({ id, title }) => [
    `\`${id}\``,
    title,
    ...reports.map((report) =>
      cell(
        report.behaviours.find((each) => each.id === id),
        notes,
      ),
    ),
  ]);
  return [
    '# What every adapter does',
    '',
    'Written by `npm run conformance`; what the suite is, and how to run it on an adapter of your own: [add-a-vendor.md](add-a-vendor.md).',
    `${SIGNS.passed} kept, ${SIGNS.failed} broken, ${SIGNS['not-applicable']} not applicable; the letters are explained below the table.`,
    '',
    ...table(header, rows),
    '',
    ...notes.lines(),
    '',
    ...reports.flatMap(vendorTable),
  ].join('\n');
}

function vendorTable({ id, title, answers }: AdapterReport): string[] {
  if (answers.length === 0) return [];
  const rows = answers.map((each) => [each.id, each.means, SIGNS[each.verdict]]);
  return [
    `## What ${title} says, and what the hub makes of it (${id})`,
    '',
    ...table(['signal', 'means', ''], rows),
    '',
  ];
}

function cell(result: Result | undefined, notes: Notes): string {
  if (result === undefined) return '';
  return `${SIGNS[result.verdict]}${result.detail === undefined ? '' : ` ${notes.letter(result.detail)}`}`;
}

/** Columns of one width, as prettier writes them: the page is then the same whoever formats it. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const escaped = [header, ...rows].map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  const widths = header.map((_, nth) => Math.max(3, ...escaped.map((row) => row[nth]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, nth) => text.padEnd(widths[nth] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = escaped;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}

/** Footnotes, lettered in the order in which they turn up. */
class Notes {
  readonly #texts: string[] = [];

  letter(text: string): string {
    const known = this.#texts.indexOf(text);
    const nth = known < 0 ? this.#texts.push(text) - 1 : known;
    return nth < 26 ? String.fromCodePoint(97 + nth) : `a${String.fromCodePoint(97 + nth - 26)}`;
  }

  lines(): string[] {
    return this.#texts.map((text) => `- ${this.letter(text)}: ${text}`);
  }
}
