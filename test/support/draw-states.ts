/** Prints the table of transaction states as a diagram (Mermaid) for the docs. */
import { TRANSACTION_EDGES } from '../../src/domain/index.ts';

export function drawTransactionStates(): string {
  const edges = TRANSACTION_EDGES.map(({ from, on, to }) => `  ${from} --> ${to}: ${on}`);
  const rows = TRANSACTION_EDGES.map(({ from, on, to, emits }) => `| ${from} | ${on} | ${to} | \`${emits}\` |`);
  return [
    '# The states of a transaction',
    '',
    'Printed from `src/domain/transaction.ts` by `npm run docs`; a test compares.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> queued',
    ...edges,
    '  succeeded --> [*]',
    '  rejected --> [*]',
    '  superseded --> [*]',
    '```',
    '',
    '`failed` and `needs_review` are not terminal: they wait for a person.',
    '',
    '| from | on | to | event |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
