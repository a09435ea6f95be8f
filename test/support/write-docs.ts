/** Writes what the docs print from the code. Run by `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { samplesPage } from '../conformance/samples/page.ts';
import { drawTransactionStates } from './draw-states.ts';
import { openCorpus } from './samples.ts';

writeFileSync(join(import.meta.dirname, '../../docs/transaction-states.md'), drawTransactionStates());

const corpus = openCorpus();
if (corpus === undefined) process.stderr.write('docs/samples.md is as it was: there is no sample corpus here\n');
else writeFileSync(join(import.meta.dirname, '../../docs/samples.md'), samplesPage(corpus.entries));
