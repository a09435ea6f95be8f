/** `tessera map lint`. */
import { findMappings, lintMappings, namesBeside, othersIn } from '../mapping-tools/index.ts';
import type { MapAnswer, MapCall } from './map-call.ts';

export function lint({ root, contracts }: MapCall, wanted: readonly string[]): MapAnswer {
  const refs = findMappings(root, wanted);
  const findings = [...Map.groupBy(refs, ({ directory }) => directory)].flatMap(([directory, [first, ...rest]]) => {
    if (!first) return [];
    const names = [first, ...rest].map(({ name }) => name);
    const isWhole = namesBeside(first).every((name) => names.includes(name));
    return lintMappings({ files: first.files, names, others: isWhole ? othersIn(directory) : undefined }, contracts);
  });
  const lines = findings.map(
    ({ file, line, column, code, message }) => `${file}:${line}:${column} ${code}: ${message}`,
  );
  const mappings = `${refs.length} ${refs.length === 1 ? 'mapping' : 'mappings'}`;
  return {
    text: [...lines, `${mappings}, ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`].join('\n'),
    json: { mappings: refs.length, findings },
    isSound: findings.length === 0,
  };
}
