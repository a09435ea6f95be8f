/** Declarative translation between a vendor's JSON tree and the hub's: see mappings/README.md. */
export type { Contracts } from './compile-mapping.ts';
export { runExamples } from './example.ts';
export { loadAdapterMappings, loadMappings, type AdapterMappings, type MappingLibrary } from './library.ts';
export { MappingError, MappingLoadError } from './mapping-error.ts';
