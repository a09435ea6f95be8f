/** What the simulator of a vendor may import from the hub. */
export * from './book-words.ts';
export * from './book.ts';
export type { Edit } from './edits.ts';
export * from './faults.ts';
export { beforeBooking, clockSkewMs } from './generic-quirks.ts';
export * from './http-dialect.ts';
export * from './http-port.ts';
export { pause } from '../../domain/index.ts';
export * from './pusher.ts';
export * from './quirks.ts';
export * from './run.ts';
export * from './simulated-his.ts';
export * from './world.ts';
export { dice } from './slot-template.ts';
