/** Declarative translation between a vendor's JSON tree and the hub's: see mappings/README.md. */
export { addCode, codeIn } from './add-code.ts';
export type { Contracts } from './compile-mapping.ts';
export { coverageOf } from './coverage.ts';
export { differences, runExamples } from './example.ts';
export {
  loadAdapterMappings,
  loadMappings,
  loadMappingTexts,
  loadOneMapping,
  type AdapterMappings,
  type MappingLibrary,
} from './library.ts';
export { MappingError, MappingLoadError, UnmappedCodeError } from './mapping-error.ts';
export { filesAtHand, filesOfDirectory } from './mapping-files.ts';
export { hashOfFiles, overlay, type MappingVersion } from './overlay.ts';
export { serveTasks } from './serve-tasks.ts';
export type { Stopped, Trial, TrialAnswer } from './trial.ts';
export { answerTrial } from './trial-answer.ts';
export { TrialPool } from './trial-pool.ts';
export type { WatchedMapping } from './watched-mapping.ts';
