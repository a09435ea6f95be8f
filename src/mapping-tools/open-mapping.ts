/**
 * One mapping opened for examination. Unlike the hub at its start this does not refuse a directory for one bad file, nor a
 * mapping that has no example yet: what is wrong is told beside what was found.
 */
import { parseCodeTable, type CodeTable } from '../mapping/code-table.ts';
import { compileMapping, type Contracts, type Mapping } from '../mapping/compile-mapping.ts';
import { parseExample, type Example } from '../mapping/example.ts';
import { inside } from '../mapping/library.ts';
import type { MappingFiles } from '../mapping/mapping-files.ts';
import type { LoadProblem } from '../mapping/mapping-error.ts';
import type { RuleScope } from '../mapping/rule.ts';
import { watchMapping, type WatchedMapping } from '../mapping/watched-mapping.ts';
import { YamlFile } from '../mapping/yaml-file.ts';
import { UsageError } from './finding.ts';

export interface OpenedMapping {
  readonly yaml: YamlFile;
  /** Undefined when it has problems. */
  readonly mapping: Mapping | undefined;
  readonly examples: readonly Example[];
  readonly problems: readonly LoadProblem[];
  /** Code tables that its rules name, by their path below the directory; undefined for one that cannot be read. */
  readonly tables: ReadonlyMap<string, CodeTable | undefined>;
}

export function openMapping(files: MappingFiles, name: string, contracts: Contracts): OpenedMapping {
  const yaml = readYaml(files, name);
  const tables = new Map<string, CodeTable | undefined>();
  const mapping = compileMapping(yaml, name, contracts, (table, at) => {
    tables.set(table, undefined);
    const read = tableOf(files)(table, at);
    tables.set(table, read);
    return read;
  });
  const examples = (mapping?.examples ?? []).map(({ path, at }) =>
    yaml.attempt(() => parseExample(path, files.read(inside(path, '.json', at), at), at), undefined),
  );
  return { yaml, mapping, tables, problems: yaml.problems, examples: examples.filter((each) => each !== undefined) };
}

/** Throws UsageError with all problems of the file. */
export function openSound(
  files: MappingFiles,
  name: string,
  contracts: Contracts,
): OpenedMapping & { mapping: Mapping } {
  const opened = openMapping(files, name, contracts);
  if (opened.mapping && opened.problems.length === 0) return { ...opened, mapping: opened.mapping };
  const lines = opened.problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  throw new UsageError(`${files.shown}/${name}.yaml cannot be used as it is:\n${lines.join('\n')}`);
}

/** Throws MappingLoadError with all problems of the file, Problem when there is no such file. */
export const openWatched = (files: MappingFiles, name: string, contracts: Contracts): WatchedMapping =>
  watchMapping(
    { file: `${files.shown}/${name}.yaml`, text: files.read(`${name}.yaml`), name },
    contracts,
    tableOf(files),
  );

const tableOf =
  (files: MappingFiles): RuleScope['table'] =>
  (name, at) =>
    parseCodeTable(name, files.read(inside(name, '.csv', at), at), at);

function readYaml(files: MappingFiles, name: string): YamlFile {
  const path = `${name}.yaml`;
  const unread = new YamlFile(`${files.shown}/${path}`, '{}');
  const text = unread.attempt(() => files.read(path), undefined);
  return text === undefined ? unread : new YamlFile(unread.name, text);
}
