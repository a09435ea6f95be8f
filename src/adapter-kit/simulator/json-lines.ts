/** A file of JSON lines that only grows. A line is in the page cache when append() returns: it survives a kill of the process. */
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface JsonLines<Line> {
  append(line: Line): void;
  close(): void;
}

/** Opens the file and hands its lines to `each`, oldest first. A last line cut short by a kill is dropped: it was never answered. */
export function openJsonLines<Line>(path: string, each: (line: Line) => void): JsonLines<Line> {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'a+', 0o600);
  const text = readFileSync(path, 'utf8');
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  if (complete.length < text.length) truncateSync(path, Buffer.byteLength(complete));
  for (const line of complete.split('\n')) if (line !== '') each(JSON.parse(line) as Line);
  return {
    append: (line) => void writeSync(file, `${JSON.stringify(line)}\n`),
    close: () => closeSync(file),
  };
}
