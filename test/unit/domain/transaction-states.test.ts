import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import {
  CLOSED_STATES,
  edgeFor,
  TERMINAL_STATES,
  TRANSACTION_EDGES,
  TRANSACTION_STATES,
  type TransactionState,
} from '../../../src/domain/index.ts';
import { drawTransactionStates } from '../../support/draw-states.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the table of transaction states', () => {
  test('reaches every state from queued', () => {
    const reached = new Set<TransactionState>(['queued']);
    for (let size = 0; size !== reached.size;) {
      size = reached.size;
      for (const { from, to } of TRANSACTION_EDGES) if (reached.has(from)) reached.add(to);
    }
    expect([...reached].toSorted()).toEqual([...TRANSACTION_STATES].toSorted());
  });

  test('has a way to a terminal state from every state', () => {
    const ending = new Set<TransactionState>(TERMINAL_STATES);
    for (let size = 0; size !== ending.size;) {
      size = ending.size;
      for (const { from, to } of TRANSACTION_EDGES) if (ending.has(to)) ending.add(from);
    }
    expect([...ending].toSorted()).toEqual([...TRANSACTION_STATES].toSorted());
  });

  test('lets nothing leave a terminal state', () => {
    expect(TRANSACTION_EDGES.filter(({ from }) => TERMINAL_STATES.includes(from))).toEqual([]);
  });

  test('lets nothing wait for what is over or has failed, but for what is in dispute', () => {
    expect(CLOSED_STATES).toEqual(['succeeded', 'rejected', 'superseded', 'failed']);
  });

  test('has one edge for a state and a trigger', () => {
    for (const edge of TRANSACTION_EDGES) expect(edgeFor(edge.from, edge.on)).toBe(edge);
  });

  test('sends nothing again from unknown before it was proved absent', () => {
    const out = TRANSACTION_EDGES.filter(({ from }) => from === 'unknown' || from === 'verifying');
    expect(out.filter(({ to }) => to === 'queued' || to === 'sending').map(({ on }) => on)).toEqual([
      'proved-absent',
      'step-confirmed',
    ]);
  });

  test('emits an event of the catalogue on every edge', () => {
    const catalogue = Object.keys(parse(readFileSync(join(ROOT, 'contracts/events.yaml'), 'utf8')) as object);
    expect(TRANSACTION_EDGES.map(({ emits }) => emits).filter((each) => !catalogue.includes(each))).toEqual([]);
  });

  test('is drawn in the docs as it is (run "npm run docs" when this fails)', () => {
    expect(readFileSync(join(ROOT, 'docs/transaction-states.md'), 'utf8')).toBe(drawTransactionStates());
  });
});
