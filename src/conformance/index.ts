/**
 * The conformance suite: the half of the adapter contract that a type cannot say. It takes an adapter, starts its simulator, and
 * runs what the manifest claims.
 */
export { asMarkdown, asText } from './report.ts';
export { failuresIn, runConformance, type AdapterReport } from './run.ts';
export { loadSubjects, type HubSide, type Subject } from './subject.ts';
