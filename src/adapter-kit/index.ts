/** What an adapter may import from the hub. */
export * from './call.ts';
export * from './contract.ts';
export * from './fhir.ts';
export * from './fhir-notification.ts';
export * from './his-fetch.ts';
export * from './hub-book.ts';
export * from './xml/index.ts';
export * from './in-parallel.ts';
export * from './is-record.ts';
export { maskExchange } from './mask/mask-exchange.ts';
export * from './retry-after.ts';
export * from './settings.ts';
export * from './token-source.ts';
export type { Address, ErrorClass, Evidence, Finding, Identifier, Mode, Outcome, Refusal } from '../domain/index.ts';
export * from './hl7v2/index.ts';
export * from './mllp/index.ts';
export type * from './played-answer.ts';
