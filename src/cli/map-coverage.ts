/** `tessera map coverage`. */
import { findMappings, reportCoverage, share, type CoverageReport } from '../mapping-tools/index.ts';
import { table } from './hub-api.ts';
import type { CoverageOptions, MapAnswer, MapCall } from './map-call.ts';

export function coverage(
  { root, contracts }: MapCall,
  names: readonly string[],
  { threshold, all = false }: CoverageOptions,
): MapAnswer {
  const reports = findMappings(root, names).map((ref) => reportCoverage(ref, contracts));
  const below = reports.filter(({ fields }) => fields.percent < threshold).map(({ mapping }) => mapping);
  const total = sum(reports);
  const lines = [
    ...reports.flatMap((report) => [...missing(report, all)]),
    table([
      ['MAPPING', 'FIELDS SET', 'SOURCE READ', 'BRANCHES TAKEN'],
      ...[...reports, total].map(({ mapping, ...rest }) => [
        mapping,
        shown(rest.fields),
        shown(rest.source),
        shown(rest.branches),
      ]),
    ]),
    ...(below.length === 0 ? [] : [`\nbelow ${threshold} % of the target fields: ${below.join(', ')}`]),
  ];
  return { text: lines.join('\n'), json: { threshold, below, total, mappings: reports }, isSound: below.length === 0 };
}

type Shares = Pick<CoverageReport, 'mapping'> & Record<'fields' | 'source' | 'branches', ReturnType<typeof share>>;

function sum(reports: readonly Shares[]): Shares {
  const of = (key: 'fields' | 'source' | 'branches'): ReturnType<typeof share> => {
    const total = reports.reduce((count, report) => count + report[key].total, 0);
    return share(total, total - reports.reduce((count, report) => count + report[key].done, 0));
  };
  return { mapping: 'all', fields: of('fields'), source: of('source'), branches: of('branches') };
}

const shown = ({ done, total, percent }: ReturnType<typeof share>): string => `${done}/${total} ${percent} %`;

function* missing({ file, fields, source, branches, withoutRule }: CoverageReport, all: boolean): Generator<string> {
  for (const { line, column, field } of fields.neverSet) {
    yield `${file}:${line}:${column} field "${field}" is set by no example`;
  }
  if (!all) return;
  for (const { line, column, field, what, outcome } of branches.neverTaken) {
    yield `${file}:${line}:${column} field "${field}": no example takes the branch "${outcome}" of "${what}"`;
  }
  for (const path of source.neverRead) yield `${file}:1:1 no rule reads "${path}"`;
  for (const name of withoutRule) yield `${file}:1:1 no rule makes "${name}", which the contract knows`;
}
