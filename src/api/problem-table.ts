/** What every problem means, and what its caller does next, for those who read the API's own pages. */
import type { Contracts, ErrorEntry } from '../contracts.ts';

const NEXT: Readonly<Record<ErrorEntry['recovery'], string>> = {
  retry: 'send the same again, later',
  settle: 'ask what became of it',
  fix: 'change the request',
  'give-up': 'a person decides',
};

/** In Markdown; folded, so that the operations are not far below. */
export const problemTable = (errors: Contracts['errors']): string =>
  [
    '<details><summary>All problems, and what to do</summary>',
    '',
    '| `type` ends in | status | next | |',
    '| --- | --- | --- | --- |',
    ...Object.entries(errors).map(
      ([code, { status, recovery, help }]) => `| \`${code}\` | ${status} | ${NEXT[recovery]} | ${help} |`,
    ),
    '',
    '</details>',
  ].join('\n');
