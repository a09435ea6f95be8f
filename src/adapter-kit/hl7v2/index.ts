/** The HL7 v2 codec (docs/decisions/0007-hl7v2-codec.md). */
export * from './acknowledge.ts';
export * from './delimiters.ts';
export * from './dtm.ts';
export * from './hl7-error.ts';
export * from './message.ts';
export * from './tree.ts';
export * from './write.ts';
export { maskHl7 } from './mask.ts';
