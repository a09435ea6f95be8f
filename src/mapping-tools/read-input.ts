/** A message for a mapping, from a file or a recording: JSON as it is, XML and HL7 v2 as the trees that mappings read. */
import { decodeXml, Hl7Error, parseXml, readHl7, XmlRefused } from '../adapter-kit/index.ts';
import { jsonFault } from '../mapping/json-fault.ts';
import { UsageError } from './finding.ts';
import type { Recorded } from './diff-over-recorded.ts';

export interface InputOptions {
  /** Of XML: ends of paths that are lists, also of one. */
  readonly lists?: readonly string[] | undefined;
}

/** `name` is for messages. Throws UsageError for what is none of the three. */
export function readInput(name: string, bytes: Uint8Array, { lists = [] }: InputOptions = {}): unknown {
  const begin = Buffer.from(bytes.subarray(0, 64))
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/^[^\w<{["]+/, '');
  try {
    if (begin.startsWith('MSH')) return readHl7(bytes).toTree();
    if (begin.startsWith('<')) return plain(parseXml(decodeXml(bytes).text, { namespaces: {}, names: 'local', lists }));
    return JSON.parse(textOf(name, bytes));
  } catch (error) {
    if (error instanceof XmlRefused || error instanceof Hl7Error) throw new UsageError(`${name}: ${error.message}`);
    if (!(error instanceof SyntaxError)) throw error;
    const isJson = begin.startsWith('{') || begin.startsWith('[');
    throw new UsageError(
      isJson
        ? `${name}:${jsonFault(textOf(name, bytes))} is not JSON from here on`
        : `${name} is neither JSON nor XML nor HL7 v2; expected one message of one of them`,
    );
  }
}

function textOf(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${name} is not UTF-8; JSON always is (RFC 8259)`);
  }
}

/** One recorded message a line, or a document that holds one: `{ "id", "input" }`, an example, or the input itself. */
export function* readRecorded(name: string, bytes: Uint8Array): Generator<Recorded> {
  if (!/\.(ndjson|jsonl)$/.test(name)) {
    yield recorded(name, readInput(name, bytes));
    return;
  }
  let line = 0;
  for (const text of textOf(name, bytes).split('\n')) {
    line += 1;
    if (text.trim() !== '') yield recorded(`${name}:${line}`, readInput(`${name}:${line}`, Buffer.from(text)));
  }
}

function recorded(id: string, content: unknown): Recorded {
  if (typeof content !== 'object' || content === null || !('input' in content)) return { id, input: content };
  return { id: 'id' in content && typeof content.id === 'string' ? content.id : id, input: content.input };
}

/** Trees of XML have no prototype; examples are plain JSON. */
const plain = (tree: unknown): unknown => JSON.parse(JSON.stringify(tree));
