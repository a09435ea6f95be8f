import { maskText } from './mask-text.ts';

/** Members whose value says what kind of thing it is, and nothing of anybody: a word, or the address of a code system. */
const SHOWN: ReadonlyMap<string, RegExp> = new Map([
  ['resourceType', /^[A-Z][A-Za-z]{2,40}$/],
  ['status', /^[a-z][a-z-]{1,30}$/],
  ['severity', /^[a-z]{1,20}$/],
  ['system', /^(?:https?:\/\/|urn:)[\w:/.#-]{1,200}$/],
]);
/** Of an OperationOutcome: the code of an issue, never its words. */
const ISSUE = 'issue';
const SHOWN_OF_ISSUE: ReadonlyMap<string, RegExp> = new Map([
  ['severity', /^[a-z]{1,20}$/],
  ['code', /^[a-z][a-z-]{1,30}$/],
]);

/** Indented. Undefined when it is no JSON. */
export function maskJson(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return JSON.stringify(masked(value, '', ''), null, 2);
}

function masked(value: unknown, name: string, within: string): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, name, within));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, masked(member, key, name)]));
  if (typeof value === 'number') return 0;
  if (typeof value !== 'string') return value;
  const shown = within === ISSUE ? SHOWN_OF_ISSUE.get(name) : SHOWN.get(name);
  return shown?.test(value) ? value : maskText(value);
}
