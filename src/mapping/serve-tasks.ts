/** The child's side of a TrialPool: reads tasks, answers each with JSON, and outlives neither a too long answer nor its parent. */
import { loadContracts, type Contracts } from '../contracts.ts';
import { ANSWER_CHARACTERS_MAX, type Stopped } from './trial.ts';

const loaded = new Map<string, Contracts>();

/** `answer` is asked for one task after the other; what it throws is a fault of ours. */
export function serveTasks<Task extends { readonly contracts: string }>(
  answer: (task: Task, contracts: Contracts) => unknown,
): void {
  process.on('message', (task: Task) => {
    const text = textOf(() => answer(task, contractsIn(task.contracts)));
    process.send?.(
      text.length > ANSWER_CHARACTERS_MAX
        ? JSON.stringify({ kind: 'stopped', why: 'size', limit: ANSWER_CHARACTERS_MAX } satisfies Stopped)
        : text,
    );
  });
  // What takes a second to load is loaded before the clock of the first task runs.
  const [, , usual] = process.argv;
  if (usual !== undefined) contractsIn(usual);
  process.send?.('ready');
  // The process that asked is gone: nobody will read the answer.
  process.on('disconnect', () => process.exit(0));
}

function textOf(work: () => unknown): string {
  try {
    return JSON.stringify(work());
  } catch {
    // Never the message: it may hold a part of the input.
    return JSON.stringify({ kind: 'stopped', why: 'fault', limit: 0 } satisfies Stopped);
  }
}

function contractsIn(directory: string): Contracts {
  const known = loaded.get(directory);
  if (known) return known;
  const contracts = loadContracts(directory);
  loaded.set(directory, contracts);
  return contracts;
}
