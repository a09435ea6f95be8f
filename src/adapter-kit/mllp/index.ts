/** MLLP: HL7 v2 messages over TCP (HL7 Transport Specification: MLLP, Release 1). */
export * from './client.ts';
export * from './framer.ts';
export * from './server.ts';
