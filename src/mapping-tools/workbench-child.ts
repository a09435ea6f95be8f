/**
 * What runs in the child processes of a hub's workbench. Texts of mappings come from whoever writes them: what is done with them
 * may take for ever, and so nothing of it is done where requests are answered.
 */
import type { Contracts } from '../contracts.ts';
import { answerTrial, filesAtHand, serveTasks } from '../mapping/index.ts';
import { compareRecorded } from './compare-recorded.ts';
import { reportCoverage } from './coverage-report.ts';
import { dryRun } from './dry-run.ts';
import type { MappingRef } from './find-mappings.ts';
import { UsageError } from './finding.ts';
import { runGolden } from './golden.ts';
import { lintMappings } from './lint/lint-mappings.ts';
import { openSound } from './open-mapping.ts';
import type { NotSound, Texts, WorkbenchAnswers, WorkbenchTask } from './workbench-task.ts';

serveTasks<WorkbenchTask>((task, contracts) => {
  try {
    return answerOf(task, contracts);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: 'not-sound', problems: error.message.split('\n').slice(1) } satisfies NotSound;
  }
});

function answerOf(task: WorkbenchTask, contracts: Contracts): WorkbenchAnswers[WorkbenchTask['kind']] {
  if (task.kind === 'try') return answerTrial(task, contracts);
  if (task.kind === 'dry-run') return dryRun(task, contracts);
  if (task.kind === 'compare') {
    const open = (texts: Texts) => openSound(refOf(task, texts).files, task.name, contracts).mapping;
    const inputs = task.inputs.map(({ id, text }) => ({ id, input: JSON.parse(text) as unknown }));
    return { kind: 'compared', ...compareRecorded(open(task.old), open(task.now), inputs) };
  }
  const ref = refOf(task, task.texts);
  if (task.kind === 'coverage') return { kind: 'coverage', ...reportCoverage(ref, contracts) };
  return { kind: 'problems', problems: problemsOf(ref, task.texts, contracts) };
}

function problemsOf(ref: MappingRef, texts: Texts, contracts: Contracts): string[] {
  const others = Object.keys(texts)
    .filter((path) => !path.endsWith('.yaml'))
    .toSorted();
  const found = lintMappings({ files: ref.files, names: [ref.name], others }, contracts);
  const examples = runGolden(ref, contracts).flatMap(({ example, problems }) =>
    problems.map((problem) => (example === undefined ? problem : `${example}: ${problem}`)),
  );
  return [
    ...found.map(({ file, line, column, code, message }) => `${file}:${line}:${column} ${code}: ${message}`),
    ...examples,
  ];
}

const refOf = ({ adapter, name }: { readonly adapter: string; readonly name: string }, texts: Texts): MappingRef => ({
  adapter,
  name,
  files: filesAtHand(new Map(Object.entries(texts)), `${adapter}.${name}`),
  directory: '',
});
