/** What every problem means, and what its caller does next, for those who read the API's own pages. */
import type { Contracts, ErrorEntry } from '../contracts.ts';

const NEXT: Readonly<Record<ErrorEntry['recovery'], string>> = {
  retry: 'send the same again, later',
  settle: 'ask what became of it',
  fix: 'change the request',
  'give-up': 'a person decides',
};

/** In Markdown. */
export const problemTable = (errors: Contracts['errors']): string =>
  [
    '## Problems',
    '',
    '| `type` ends in | status | next | |',
    '| --- | --- | --- | --- |',
    ...Object.entries(errors).map(
      ([code, { status, recovery, help }]) => `| \`${code}\` | ${status} | ${NEXT[recovery]} | ${help} |`,
    ),
  ].join('\n');
