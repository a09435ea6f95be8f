/** `tessera map diff`. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { diffOverRecorded, findMapping, mayShow, openSound, readRecorded, UsageError } from '../mapping-tools/index.ts';
import type { MappingRef, Recorded, RecordedDiff, Side } from '../mapping-tools/index.ts';
import type { MapAnswer, MapCall } from './map-call.ts';

export function diff({ root, contracts }: MapCall, oldName: string, newName: string, recorded: string): MapAnswer {
  const open = (ref: MappingRef): ReturnType<typeof openSound> => openSound(ref.files, ref.name, contracts);
  const old = open(findMapping(root, oldName));
  const now = open(findMapping(root, newName));
  const contract = now.yaml.root?.get('to');
  // Without a contract nobody has said which fields are PHI.
  const mayBeShown = (segments: readonly string[]): boolean =>
    typeof contract === 'string' && mayShow(contracts.openapi, contract, segments);
  const result = diffOverRecorded(old.mapping, now.mapping, messagesAt(recorded), mayBeShown);
  if (result.total === 0)
    throw new UsageError(`${recorded} holds no message: expected .ndjson, or a directory of .json, .xml or .hl7`);
  return {
    text: [...linesOf(result)].join('\n'),
    json: result,
    isSound: result.same + result.bothFailed === result.total,
  };
}

function* messagesAt(path: string): Generator<Recorded> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new UsageError(`${path} does not exist; --recorded names a file or a directory`);
  if (stats.isFile()) yield* readRecorded(path, readFileSync(path));
  for (const name of stats.isDirectory() ? readdirSync(path).toSorted() : []) {
    if (/\.(json|ndjson|jsonl|xml|hl7)$/.test(name)) yield* readRecorded(name, readFileSync(join(path, name)));
  }
}

function* linesOf({
  total,
  same,
  changed,
  failed,
  recovered,
  bothFailed,
  fields,
  failures,
}: RecordedDiff): Generator<string> {
  for (const { field, messages, first } of fields) {
    yield `${field === '' ? '/' : field} differs in ${messages} of ${total}`;
    for (const each of first) yield `  ${each.id} ${each.pointer || '/'}: ${told(each.old)} -> ${told(each.new)}`;
  }
  for (const { id, message } of failures) yield `${id} is refused now: ${message}`;
  yield `${total} messages: ${same} same, ${changed} changed, ${failed} failed, ${recovered} recovered, ${bothFailed} refused by both`;
}

const told = (side: Side): string => ('value' in side ? JSON.stringify(side.value) : side.type);
