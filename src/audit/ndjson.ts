/** The audit as lines of JSON: everything that is needed to verify it without the hub. */
import type { AuditLine } from './lines.ts';

/** `open`: a record's reason in its caller's words. Beside it stays the sealed one, which the chain holds. */
export async function* asNdjson(
  lines: AsyncIterable<AuditLine>,
  open: (recordId: string, sealed: string) => string | null,
): AsyncGenerator<string> {
  for await (const line of lines) {
    const reason = line.type === 'record' && line.record?.reason ? open(line.recordId, line.record.reason) : null;
    yield `${JSON.stringify(reason === null ? line : { ...line, openedReason: reason })}\n`;
  }
}

const TYPES: ReadonlySet<unknown> = new Set([
  'begin',
  'key',
  'let-go',
  'record',
  'head',
  'stray',
  'waiting',
] satisfies AuditLine['type'][]);

/** Throws, and names the line, when one is no line of an audit. */
export async function* fromNdjson(texts: AsyncIterable<string>): AsyncGenerator<AuditLine> {
  let number = 0;
  for await (const text of texts) {
    number += 1;
    if (text.trim() === '') continue;
    const line = parsed(text);
    if (!isLine(line)) throw new Error(`line ${number} is no line of an export of the audit (GET /v1/audit/export)`);
    yield line;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Of what it holds only the types matter here: what is missing or wrong in it, its hash tells.
const isLine = (line: unknown): line is AuditLine =>
  line !== null && typeof line === 'object' && 'type' in line && TYPES.has(line.type);
