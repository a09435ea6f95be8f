import { afterAll, beforeAll, test } from '@jest/globals';
import fc from 'fast-check';
import { operations, startStubApi, type StubApi } from './stub-api.ts';

let api: StubApi;
beforeAll(async () => {
  api = await startStubApi();
});
afterAll(() => api[Symbol.asyncDispose]());

/** Names that the contract knows, beside any other: else nothing gets past the first check. */
const names = fc.oneof(
  fc.constantFrom(
    'slotId',
    'patientId',
    'name',
    'given',
    'family',
    'birthDate',
    'rules',
    'limit',
    'from',
    'status',
    'cursor',
    '__proto__',
  ),
  fc.string({ unit: 'binary' }),
);
const values = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('', 'a', '2027-03-01T09:00:00Z', '\u0000', '\ud800', 'x'.repeat(20_000), 1e308, -0, null, true),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(names, tie('any'), { maxKeys: 5 }),
  ),
})).any;
const bodies = fc.oneof(
  values.map((value) => JSON.stringify(value) ?? ''),
  fc.string({ unit: 'binary' }),
);
const numbers = fc.constantFrom(
  '1e309',
  '-1e309',
  'Infinity',
  'NaN',
  '1e308',
  '9007199254740993',
  '0x10',
  '-0',
  '1e-400',
);
const queries = fc
  .array(fc.tuple(names, fc.oneof(fc.string(), numbers)), { maxLength: 4 })
  .map((pairs) =>
    pairs
      .map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${value.replaceAll(/[#\s]/g, '')}`)
      .join('&'),
  );

test.each(operations)('no request makes $operationId fail', async ({ method, path, body }) => {
  const ids = fc.string({ unit: 'binary', minLength: 1 }).map((id) => encodeURIComponent(id.toWellFormed()));
  await fc.assert(
    fc.asyncProperty(bodies, queries, ids, async (content, query, id) => {
      // A browser's URL takes `.` and `..` out of a path before it is sent; then it is another path.
      const url = `${path.replace('{id}', id.replaceAll('.', '%2E'))}${query === '' ? '' : `?${query}`}`;
      const { status, text } = await api.send(method.toUpperCase(), url, {
        ...(body && content !== '' && { body: content }),
        headers: { 'idempotency-key': 'k', 'if-match': '"1"', ...(body && { 'content-type': body.mediaType }) },
      });
      if (status !== 200 && (status < 400 || status > 499)) throw new Error(`${status}: ${text}`);
    }),
    { numRuns: 40 },
  );
});
