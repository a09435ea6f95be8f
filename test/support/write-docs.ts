/** Writes what the docs print from the code. Run by `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawTransactionStates } from './draw-states.ts';

writeFileSync(join(import.meta.dirname, '../../docs/transaction-states.md'), drawTransactionStates());
