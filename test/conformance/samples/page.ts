/** docs/samples.md: what the corpus holds, what holds it against the hub, and where the two do not agree. */
import type { SampleEntry } from '../../support/samples.ts';
import { DISAGREEMENTS } from './disagreements.ts';

/** Which test takes the directory, whole. */
export const SUITES: Readonly<Record<string, readonly string[]>> = {
  bars: ['standards-samples'],
  epic: ['epic-samples'],
  'fhir-core': ['standards-samples'],
  gpconnect: ['standards-samples'],
  hl7v2: ['hl7v2-samples', 'hl7v2-adapter-samples'],
  ihe: ['standards-samples'],
  mllp: ['hl7v2-samples'],
  oracle: ['cerner-samples'],
  push: ['standards-samples'],
  standards: ['standards-samples'],
  xml: ['xml-samples'],
};

export const directoryOf = (file: string): string => file.slice(0, file.indexOf('/'));

export function samplesPage(entries: readonly SampleEntry[]): string {
  const rows = Object.entries(SUITES).map(([directory, suites]) => {
    const files = entries.filter(({ file }) => directoryOf(file) === directory).length;
    const disagreed = DISAGREEMENTS.filter(({ file }) => directoryOf(file) === directory).length;
    const tests = suites.map((each) => `\`${each}\``).join(', ');
    return [`\`${directory}\``, String(files), String(files - disagreed), String(disagreed), tests];
  });
  const total = ['**all**', String(entries.length), String(entries.length - DISAGREEMENTS.length)];
  return [
    '# The sample corpus',
    '',
    'Messages of vendors and standards, real and realistic, with what a hub should make of each. The corpus lies outside this',
    'repository, and no copy of it is in it: `TESSERA_SAMPLES` names its directory. Every file of its manifest goes through codec,',
    'adapter and classification in `test/conformance/*-samples.test.ts`; `all-samples.test.ts` fails when one is left out, when one is',
    'not what the manifest says, and when this page is out of date (`npm run docs` writes it).',
    '',
    ...table(
      ['directory', 'files', 'agreed', 'not agreed', 'tests'],
      [...rows, [...total, String(DISAGREEMENTS.length), '']],
    ),
    '',
    'Of BaRS, GP Connect, IHE, Argonaut and plain FHIR there is no connection: their answers are played to the adapter of Oracle',
    'Health, whose contract is the nearest, or to that of Epic where it is about `$book`; what they show is read by the mappings of',
    'these two. So much is held: nothing is taken for a booking that is none, and every refusal is one.',
    '',
    '## Where the hub does not agree',
    '',
    'Sections are those of the vendor notes that came with the corpus.',
    '',
    ...table(
      ['sample', 'the corpus expects', 'it comes to', 'because'],
      DISAGREEMENTS.map(({ file, expects, comes, why }) => [`\`${file}\``, expects, comes, why]),
    ),
    '',
  ].join('\n');
}

/** Columns of one width, as prettier writes them. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((_, nth) => Math.max(3, ...[header, ...rows].map((row) => row[nth]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, nth) => text.padEnd(widths[nth] ?? 0)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
