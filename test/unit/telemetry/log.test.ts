import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { HubError } from '../../../src/domain/index.ts';
import { createLog, type FlushableLog } from '../../../src/telemetry/log.ts';

const PHI_KEYS = ['family', 'given', 'birthDate', 'email', 'phone', 'address', 'reason', 'patient_name'];

function capture(level = 'info'): { readonly log: FlushableLog; readonly lines: string[] } {
  const lines: string[] = [];
  return {
    log: createLog({ level, phiKeys: PHI_KEYS, destination: { write: (line) => void lines.push(line) } }),
    lines,
  };
}

/** The one line that `write` logs. */
function lineOf(write: (log: FlushableLog) => void): {
  readonly text: string;
  readonly fields: Record<string, unknown>;
} {
  const { log, lines } = capture();
  write(log);
  expect(lines).toHaveLength(1);
  const text = lines[0] ?? '';
  return { text, fields: JSON.parse(text) as Record<string, unknown> };
}

test('a line has the fields of the Elastic Common Schema, and those that it was given', () => {
  const { fields } = lineOf((log) => log.info({ transactionId: 't-1', connection: 'main' }, 'transaction settled'));
  expect(fields).toMatchObject({
    'log.level': 'info',
    '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    'ecs.version': expect.any(String),
    'service.name': 'tessera',
    message: 'transaction settled',
    transactionId: 't-1',
    connection: 'main',
  });
});

test.each(PHI_KEYS)('what stands under %s is never logged, however it is wrapped or spelled', (key) => {
  const canary = `CANARY-${key}`;
  const person = {
    [key]: canary,
    [key.toUpperCase()]: [canary],
    [key.replaceAll(/([A-Z])/g, '_$1')]: { deep: canary },
  };
  const inError = Object.assign(new Error(canary, { cause: Object.assign(new Error(canary), person) }), person, {
    detail: canary,
  });
  const { text, fields } = lineOf((log) =>
    log.error(
      {
        ...person,
        nested: { list: [person, { a: { b: person } }] },
        map: new Map([[key, canary]]),
        json: { toJSON: () => person },
        error: inError,
        causes: [inError],
        aggregate: new AggregateError([inError], canary),
      },
      'failed',
    ),
  );
  expect(text).not.toContain(canary);
  expect(fields).toMatchObject({
    [key]: '[redacted]',
    nested: { list: [{ [key]: '[redacted]' }, { a: { b: { [key]: '[redacted]' } } }] },
  });
});

test.each([
  'authorization',
  'Cookie',
  'password',
  'client_secret',
  'access_token',
  'privateKey',
  'body',
  'requestBody',
  'payload',
])('credentials and payloads (%s) are never logged', (key) => {
  const { text, fields } = lineOf((log) => log.info({ headers: { [key]: 'CANARY' } }, 'called'));
  expect(text).not.toContain('CANARY');
  expect(fields).toMatchObject({ headers: { [key]: '[redacted]' } });
});

test('an error shows its type, codes and place, and not its message: databases and parsers quote data in it', () => {
  const error = Object.assign(
    new TypeError('Key (email)=(CANARY@x) already exists\n    at CANARY (/app/src/a.ts:1:1)'),
    {
      code: '23505',
      constraint: 'patient_email',
      detail: 'CANARY',
      name: 'CANARY of a name',
    },
  );
  const { text, fields } = lineOf((log) => log.error({ error }, 'not stored'));
  expect(text).not.toContain('CANARY');
  expect(fields['error']).toMatchObject({
    type: 'TypeError',
    code: '23505',
    constraint: 'patient_email',
    stack_trace: expect.stringContaining('log.test.ts'),
  });
});

test('the hub’s own errors keep their message, which is public, and show what caused them', () => {
  const cause = Object.assign(new Error('CANARY'), { code: 'ECONNREFUSED' });
  const { text, fields } = lineOf((log) =>
    log.warn({ err: new HubError('slot-taken', 'The slot is taken.', { cause }) }, 'refused'),
  );
  expect(fields['error']).toMatchObject({
    type: 'HubError',
    code: 'slot-taken',
    message: 'The slot is taken.',
    cause: { type: 'Error', code: 'ECONNREFUSED' },
  });
  expect(text).not.toContain('CANARY');
});

test('line breaks and terminal sequences in a value make no second line and reach no terminal', () => {
  const forged = 'x\r\n{"log.level":"error","message":"forged"}\u001b[31m\u2028';
  const { text, fields } = lineOf((log) => log.info({ connection: forged }, `named ${forged}`));
  expect(text.trimEnd().split(/[\r\n]/)).toHaveLength(1);
  expect(text).not.toContain('\u001b');
  expect(fields['connection']).toBe(forged);
});

test('a field cannot take the place of one that the format sets', () => {
  const { text, fields } = lineOf((log) =>
    log.info({ message: 'forged', 'log.level': 'debug', '@timestamp': 'never' }, 'true'),
  );
  expect(fields).toMatchObject({
    message: 'true',
    'log.level': 'info',
    'labels.message': 'forged',
    'labels.log.level': 'debug',
  });
  expect(text.match(/"@timestamp":/g)).toHaveLength(1);
});

test('whatever is logged, the line stays small and the call returns', () => {
  const circular: Record<string, unknown> = {
    bytes: Buffer.alloc(5_000_000),
    text: 'x'.repeat(100_000),
    big: 10n,
    nothing: undefined,
  };
  circular['url'] = new URL('https://his.example/Patient?family=CANARY');
  Object.defineProperty(circular, 'trap', {
    enumerable: true,
    get: () => {
      throw new Error('CANARY');
    },
  });
  circular['self'] = circular;
  circular['wide'] = Array.from({ length: 100_000 }, () => ({ circular }));
  const { text, fields } = lineOf((log) => log.info({ circular }, 'odd'));
  expect(text.length).toBeLessThan(200_000);
  expect(text).not.toContain('CANARY');
  expect(fields['circular']).toMatchObject({
    bytes: '[5000000 bytes]',
    big: '10',
    trap: '[unreadable]',
    url: 'https://his.example',
  });
});

test('a key named __proto__ changes nothing but its line', () => {
  lineOf((log) => log.info(JSON.parse('{"a": {"__proto__": {"polluted": true}}}') as Record<string, unknown>, 'odd'));
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('lines below the level are not written', () => {
  const { log, lines } = capture('warn');
  log.info({}, 'quiet');
  log.debug({}, 'quiet');
  log.warn({}, 'heard');
  expect(lines).toHaveLength(1);
});

test('what was logged just before the process exits is written', () => {
  const source = `
    import { createLog } from ${JSON.stringify(resolve(import.meta.dirname, '../../../src/telemetry/log.ts'))};
    const log = createLog({ level: 'info', phiKeys: ['family'] });
    for (let number = 1; number <= 500; number += 1) log.info({ number, family: 'CANARY' }, 'line');
    process.exit(0);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(500);
  expect(JSON.parse(lines[499] ?? '')).toMatchObject({ number: 500, family: '[redacted]' });
});
