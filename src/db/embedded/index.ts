export { startEmbeddedPostgres, type EmbeddedPostgresOptions } from './start.ts';
