/** Everything that can be said against mappings without a message to map. */
import type { Contracts, OpenApiDocument } from '../../contracts.ts';
import type { MappingFiles } from '../../mapping/mapping-files.ts';
import { inOrder, type Finding } from '../finding.ts';
import { openMapping, type OpenedMapping } from '../open-mapping.ts';
import { outlineOf } from '../outline.ts';
import type { Check } from './check.ts';
import { conditions } from './conditions.ts';
import { shadows } from './shadows.ts';
import { sources } from './sources.ts';
import { tableFindings } from './tables.ts';
import { targets } from './targets.ts';
import { zones } from './zones.ts';

const CHECKS: readonly Check[] = [conditions, shadows, sources, targets, zones];

export interface LintedSet {
  readonly files: MappingFiles;
  /** The mappings to examine, by name. */
  readonly names: readonly string[];
  /** Paths of all code tables and examples of the set. Given only when all its mappings are examined: each must then be used. */
  readonly others?: readonly string[] | undefined;
}

export function lintMappings({ files, names, others = [] }: LintedSet, contracts: Contracts): Finding[] {
  const found: Finding[] = [];
  const used = new Set<string>();
  const tables = new Set<string>();
  for (const name of names) {
    const opened = openMapping(files, name, contracts);
    for (const table of opened.tables.keys()) tables.add(table);
    for (const { path } of opened.mapping?.examples ?? []) used.add(path);
    found.push(...problemFindings(opened), ...checkFindings(opened, contracts));
  }
  const listed = others.filter((path) => path.endsWith('.csv'));
  const tellable = others.length > 0 ? listed : [...tables];
  const ofTables = [...tableFindings(files, tellable, tables)];
  // A row that the compiler objected to is shown at its own line, not once more at the rule that names its table.
  const shown = ofTables.map(({ file, line }) => `${file.slice(files.shown.length + 1)}:${line} `);
  const kept = found.filter(({ message }) => !shown.some((place) => message.startsWith(place)));
  // A mapping that does not compile has not said which examples are its own.
  const isWhole = found.every(({ code }) => code !== 'invalid');
  const unused = others.filter((path) => isWhole && path.endsWith('.json') && !used.has(path));
  return inOrder([
    ...kept,
    ...ofTables,
    ...unused.map((path): Finding => {
      const message = 'no mapping names this example; add it to the "examples" of one, or delete it';
      return { file: `${files.shown}/${path}`, line: 1, column: 1, code: 'unused-example', message };
    }),
  ]);
}

function problemFindings({ mapping, problems, yaml }: OpenedMapping): Finding[] {
  const found = problems.map((problem): Finding => ({ ...problem, code: 'invalid' }));
  if (mapping?.examples.length === 0) {
    const message = '"examples" is empty; a mapping has at least one, run as a test';
    found.push({ file: yaml.name, line: 1, column: 1, code: 'invalid', message });
  }
  return found;
}

function checkFindings(
  { yaml, tables }: OpenedMapping,
  contracts: Pick<Contracts, 'compile'> & { readonly openapi: OpenApiDocument },
): Finding[] {
  const found: Finding[] = [];
  const head = outlineOf(yaml.root);
  if (!head) return found;
  for (const check of CHECKS) {
    check({
      head,
      document: contracts.openapi,
      table: (name) => tables.get(name),
      keeps: (schema, value) => contracts.compile(schema)(value),
      tell(at, code, message) {
        const { file, line, column } = yaml.site(at, '');
        found.push({ file, line, column, code, message });
      },
    });
  }
  return found;
}
