/** What the command line and the workbench can say of mappings. Nothing here prints, or writes a file. */
export { sumOf } from './compare-recorded.ts';
export { addExample } from './add-example.ts';
export { mayShow } from './contract-schema.ts';
export { reportCoverage, share, type CoverageReport } from './coverage-report.ts';
export { diffOverRecorded, type Recorded, type RecordedDiff, type Side } from './diff-over-recorded.ts';
export { findMapping, findMappings, namesBeside, othersIn, type MappingRef } from './find-mappings.ts';
export { UsageError } from './finding.ts';
export { runGolden, updatesOf } from './golden.ts';
export { lintMappings } from './lint/lint-mappings.ts';
export { openSound } from './open-mapping.ts';
export { printJson } from './print-json.ts';
export { readInput, readRecorded } from './read-input.ts';
export { filesIn } from './texts-in.ts';
export { openPool, tryMapping, withMembers, type TriedMapping } from './try-mapping.ts';
export type { NotSound, WorkbenchAnswers, WorkbenchTask } from './workbench-task.ts';

/** For a TrialPool: its children do what a WorkbenchTask says. */
export const WORKBENCH_CHILD = new URL('./workbench-child.ts', import.meta.url);
