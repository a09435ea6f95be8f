import { maskText } from './mask-text.ts';

/** Members whose value says what kind of thing it is, of FHIR and of OAuth, and nothing of anybody. */
const SHOWN: ReadonlySet<string> = new Set([
  'resourceType',
  'system',
  'status',
  'severity',
  'use',
  'token_type',
  'error',
]);
/** Of an OperationOutcome: the code of an issue, never its words. */
const ISSUE = 'issue';
const SHOWN_OF_ISSUE: ReadonlySet<string> = new Set(['severity', 'code']);
/** What such a value looks like: a word or an address, and no date or number. */
const WORD = /^[a-zA-Z][\w:/.#-]{0,200}$/;

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
  const isShown = within === ISSUE ? SHOWN_OF_ISSUE.has(name) : SHOWN.has(name);
  return isShown && WORD.test(value) ? value : maskText(value);
}
