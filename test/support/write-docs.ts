/** Writes what the docs print from the code. Run by `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { apiTypes } from './api-types.ts';
import { loadContracts } from '../../src/contracts.ts';
import { samplesPage } from '../conformance/samples/page.ts';
import { drawTransactionStates } from './draw-states.ts';
import { openCorpus } from './samples.ts';
import { writeAsyncApi } from './write-asyncapi.ts';

writeFileSync(join(import.meta.dirname, '../../docs/transaction-states.md'), drawTransactionStates());

const corpus = openCorpus();
if (corpus === undefined) process.stderr.write('docs/samples.md is as it was: there is no sample corpus here\n');
else writeFileSync(join(import.meta.dirname, '../../docs/samples.md'), samplesPage(corpus.entries));

const contractsDirectory = join(import.meta.dirname, '../../contracts');
const events = parse(readFileSync(join(contractsDirectory, 'events.yaml'), 'utf8')) as Record<string, string>;
writeFileSync(
  join(contractsDirectory, 'asyncapi.yaml'),
  await format(writeAsyncApi(events), { ...(await resolveConfig('contracts/asyncapi.yaml')), parser: 'yaml' }),
);

const typesFile = join(import.meta.dirname, '../../web/src/api/contract.ts');
const types = apiTypes(loadContracts(contractsDirectory).openapi);
writeFileSync(typesFile, await format(types, { ...(await resolveConfig(typesFile)), parser: 'typescript' }));
