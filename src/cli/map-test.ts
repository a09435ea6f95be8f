/** `tessera map test`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findMappings, runGolden, updatesOf } from '../mapping-tools/index.ts';
import type { MapAnswer, MapCall } from './map-call.ts';

export function test({ root, contracts }: MapCall, names: readonly string[], isUpdate: boolean): MapAnswer {
  const refs = findMappings(root, names);
  const updated = (isUpdate ? refs : []).flatMap((ref) =>
    updatesOf(ref, contracts).map(({ path, text }) => {
      writeFileSync(join(ref.directory, path), text);
      return `${ref.files.shown}/${path}`;
    }),
  );
  const runs = refs.flatMap((ref) => runGolden(ref, contracts));
  const failed = runs.filter(({ problems }) => problems.length > 0);
  const lines = [
    ...updated.map((path) => `updated ${path}`),
    ...failed.flatMap(({ mapping, example, problems }) => [
      `FAILED ${mapping}${example === undefined ? '' : ` ${example}`}`,
      ...problems.map((problem) => `  ${problem}`),
    ]),
    `${runs.length - failed.length} of ${runs.length} examples hold, of ${refs.length} mappings`,
  ];
  return { text: lines.join('\n'), json: { examples: runs.length, updated, failed }, isSound: failed.length === 0 };
}
