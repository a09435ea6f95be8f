import { expect, test } from '@jest/globals';
import { createLog } from '../../../src/telemetry/log.ts';
import { ConfigError, readConfig, redactedConfig } from '../../../src/config.ts';

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('an empty environment is the sandbox on loopback, with the embedded database', () => {
  expect(readConfig({}, '/srv/hub')).toEqual({
    host: '127.0.0.1',
    port: 8080,
    mllpHost: '127.0.0.1',
    mllpPort: 2575,
    mllp: { tls: undefined, allow: [], unprotected: false },
    dataDir: '/srv/hub/.tessera',
    databaseUrl: undefined,
    queue: 'pg-boss',
    roles: new Set(['api', 'worker', 'listener', 'followers']),
    sandbox: true,
    oidc: undefined,
    logLevel: 'info',
    webhookLoopback: false,
    trustedProxies: [],
    retention: { payloads: 90, events: 400, requests: 400, audit: 2_192, answers: 30 },
    rates: expect.objectContaining({ client: { requests: 200_000, seconds: 10 } }),
    warnings: [],
  });
});

test('limits are those of a service, wider in the sandbox, and can be set one by one', () => {
  const rates = (env: Readonly<Record<string, string>>) => readConfig(env).rates;
  expect(rates({ TESSERA_SANDBOX: 'off' }).client).toEqual({ requests: 2_000, seconds: 10 });
  const set = rates({ TESSERA_SANDBOX: 'off', TESSERA_RATE_LIMITS: 'client=5/1s, costly=1/3600s' });
  expect([set.client, set.costly, set.route]).toEqual([
    { requests: 5, seconds: 1 },
    { requests: 1, seconds: 3_600 },
    { requests: 1_000, seconds: 10 },
  ]);
  for (const wrong of ['client', 'client=0/1s', 'client=5/1m', 'clients=5/1s', 'client=5']) {
    expect(problemsOf({ TESSERA_RATE_LIMITS: wrong })).toEqual([expect.stringContaining(`got "${wrong}"`)]);
  }
});

test('how long what is kept is set by class, in days', () => {
  expect(readConfig({ TESSERA_RETENTION: 'payloads=30d, audit=4000d' }).retention).toEqual({
    payloads: 30,
    events: 400,
    requests: 400,
    audit: 4_000,
    answers: 30,
  });
  for (const wrong of [
    'payloads',
    'payloads=90',
    'payloads=6d',
    'audit=364d',
    'events=59d',
    'ledger=9d',
    'answers=99999d',
  ])
    expect(problemsOf({ TESSERA_RETENTION: wrong })).toEqual([expect.stringContaining(`got "${wrong}"`)]);
});

test('trusted proxies are addresses and networks', () => {
  const TESSERA_TRUSTED_PROXIES = '10.0.0.0/8, 192.0.2.1,fd00::/8';
  expect(readConfig({ TESSERA_TRUSTED_PROXIES }).trustedProxies).toEqual(['10.0.0.0/8', '192.0.2.1', 'fd00::/8']);
  for (const wrong of ['10.0.0.0/33', 'proxy.example', '10.0.0.0/', '*', '10.0.0.0/8/8']) {
    expect(problemsOf({ TESSERA_TRUSTED_PROXIES: wrong })).toEqual([expect.stringContaining(`got "${wrong}"`)]);
  }
});

test('with a database of its own the hub starts no sandbox, unless asked', () => {
  const DATABASE_URL = 'postgres://hub@db/tessera';
  expect(readConfig({ DATABASE_URL }).sandbox).toBe(false);
  expect(readConfig({ DATABASE_URL, TESSERA_SANDBOX: 'on' }).sandbox).toBe(true);
  expect(readConfig({ TESSERA_SANDBOX: 'off' }).sandbox).toBe(false);
});

test('every setting is read', () => {
  const config = readConfig({
    TESSERA_PORT: '0',
    TESSERA_HOST: '0.0.0.0',
    TESSERA_MLLP_PORT: '0',
    TESSERA_DATA_DIR: '/var/lib/tessera',
    TESSERA_QUEUE: 'pg-boss',
    TESSERA_ROLES: 'worker, api',
    TESSERA_OIDC_ISSUER: 'https://login.example.org/realm',
    TESSERA_OIDC_AUDIENCE: 'hub',
    LOG_LEVEL: 'debug',
  });
  expect(config).toMatchObject({
    port: 0,
    mllpPort: 0,
    host: '0.0.0.0',
    dataDir: '/var/lib/tessera',
    roles: new Set(['worker', 'api']),
    oidc: { issuer: 'https://login.example.org/realm', audience: 'hub' },
    logLevel: 'debug',
  });
  expect(config.warnings).toEqual([expect.stringContaining('TESSERA_HOST 0.0.0.0 is reachable from outside')]);
});

test('all problems are told at once, each with what was expected', () => {
  const problems = problemsOf({
    TESSERA_PORT: '80800',
    TESSERA_MLLP_PORT: '-1',
    TESSERA_QUEUE: 'kafka',
    TESSERA_ROLES: 'api,wroker',
    TESSERA_SANDBOX: 'yes',
    TESSERA_PROT: '1',
    DATABASE_URL: 'mysql://root:hunter2@db/x',
    TESSERA_OIDC_ISSUER: 'https://login.example.org',
    LOG_LEVEL: 'loud',
  });
  expect(problems).toEqual([
    expect.stringMatching(/^TESSERA_PROT is not a setting; there are TESSERA_PORT, /),
    expect.stringMatching(/^DATABASE_URL expects postgres:\/\//),
    'TESSERA_QUEUE expects one of pg-boss, bullmq, got "kafka"',
    'TESSERA_ROLES expects a comma list of api, worker, listener, followers, got "wroker"',
    'TESSERA_PORT expects a port from 0 (any free one) to 65535, got "80800"',
    'TESSERA_MLLP_PORT expects a port from 0 (any free one) to 65535, got "-1"',
    'TESSERA_SANDBOX expects one of on, off, got "yes"',
    'TESSERA_OIDC_ISSUER is set and TESSERA_OIDC_AUDIENCE is not: an outside identity provider needs both',
    'LOG_LEVEL expects one of fatal, error, warn, info, debug, trace, silent, got "loud"',
  ]);
  expect(problems.join()).not.toContain('hunter2');
});

test.each([undefined, 'localhost:6379', 'http://redis:6379', 'redis://:hunter2@', 'redis://redis/first'])(
  'bullmq wants the URL of a Redis, and repeats none that may hold a password: %s',
  (url) => {
    const problems = problemsOf({ TESSERA_QUEUE: 'bullmq', ...(url === undefined ? {} : { REDIS_URL: url }) });
    expect(problems).toEqual([expect.stringMatching(/^REDIS_URL expects redis:\/\//)]);
    expect(problems.join()).not.toContain('hunter2');
  },
);

test.each(['redis://redis', 'redis://:secret@127.0.0.1:6380/2', 'rediss://hub:secret@redis.internal:6379'])(
  'bullmq takes its Redis from REDIS_URL, and shows it without its password: %s',
  (REDIS_URL) => {
    const config = readConfig({ TESSERA_QUEUE: 'bullmq', REDIS_URL });
    expect(config).toMatchObject({ queue: 'bullmq', redisUrl: REDIS_URL });
    expect(redactedConfig(config)['redis']).toBe(REDIS_URL.replace(':secret', ':***'));
    expect(JSON.stringify(redactedConfig(config))).not.toContain('secret');
  },
);

test("under pg-boss a REDIS_URL of somebody else is nobody's business", () => {
  expect(readConfig({ REDIS_URL: 'http://127.0.0.1' }).redisUrl).toBeUndefined();
});

const OUTSIDE = { TESSERA_HOST: '0.0.0.0', TESSERA_MLLP_PORT: '2575' };
const PROTECTED: readonly Readonly<Record<string, string>>[] = [
  { TESSERA_MLLP_TLS_CERT: '/etc/hub.crt', TESSERA_MLLP_TLS_KEY: '/etc/hub.key' },
  { TESSERA_MLLP_ALLOW: '10.1.2.3, 10.4.0.0/16,fd00::/8' },
  { TESSERA_MLLP_UNPROTECTED: 'on' },
];

test('the HL7 v2 port is not opened to others without TLS or a list of senders, unless somebody says so', () => {
  expect(problemsOf(OUTSIDE)).toEqual([expect.stringContaining('set TESSERA_MLLP_TLS_CERT')]);
  for (const protection of PROTECTED) expect(readConfig({ ...OUTSIDE, ...protection }).mllpHost).toBe('0.0.0.0');
  // Nobody has asked for the port: it is there, for this machine.
  const { mllpHost, warnings } = readConfig({ TESSERA_HOST: '0.0.0.0' });
  expect([mllpHost, warnings.join()]).toEqual(['127.0.0.1', expect.stringContaining('open on 127.0.0.1 only')]);
  expect(problemsOf({ ...OUTSIDE, TESSERA_ROLES: 'api' })).toEqual([]);
});

test.each([
  [{ TESSERA_MLLP_TLS_CERT: '/etc/hub.crt' }, 'TESSERA_MLLP_TLS_KEY'],
  [{ TESSERA_MLLP_TLS_CA: '/etc/ca.crt' }, 'TESSERA_MLLP_TLS_CA'],
  [{ TESSERA_MLLP_ALLOW: 'his.example.org,10.0.0.0/33' }, 'got "his.example.org, 10.0.0.0/33"'],
])('half a protection is none: %j', (env, what) => {
  expect(problemsOf(env)).toEqual([expect.stringContaining(what)]);
});

test('one port for two listeners is a problem', () => {
  expect(problemsOf({ TESSERA_PORT: '2575' })).toEqual([expect.stringContaining('both 2575')]);
});

test.each(['http://login.example.org', 'ftp://x', 'login', 'http://127.0.0.1.example.org'])(
  'an identity provider whose keys come in the clear is refused: %s',
  (issuer) => {
    expect(problemsOf({ TESSERA_OIDC_ISSUER: issuer, TESSERA_OIDC_AUDIENCE: 'hub' })).toHaveLength(1);
  },
);

test.each(['http://127.0.0.1:9000', 'http://[::1]:9000', 'http://localhost'])(
  'an identity provider on loopback is fine: %s',
  (issuer) => {
    expect(problemsOf({ TESSERA_OIDC_ISSUER: issuer, TESSERA_OIDC_AUDIENCE: 'hub' })).toEqual([]);
  },
);

test('the log line at start shows which database, and no password', () => {
  const DATABASE_URL = 'postgres://hub:p%40ss-CANARY@db.internal:5433/tessera?sslmode=require&sslpassword=CANARY2';
  const lines: string[] = [];
  const log = createLog({ level: 'info', phiKeys: [], destination: { write: (line) => void lines.push(line) } });
  log.info({ config: redactedConfig(readConfig({ DATABASE_URL })) }, 'the hub starts');
  const line = lines.join('');
  expect(line).toContain('postgres://hub:***@db.internal:5433/tessera?sslmode=require');
  expect(line).toContain('"roles":["api","worker","listener","followers"]');
  expect(line).not.toContain('CANARY');
  expect(redactedConfig(readConfig({}))).toMatchObject({ database: 'embedded', rootKey: 'file' });
  expect(JSON.stringify(redactedConfig(readConfig({ TESSERA_ROOT_KEY: 'CANARY' })))).not.toContain('CANARY');
});

test('brokers and the mail of alerts are read, and what is wrong with them is told without their passwords', () => {
  const engines = {
    TESSERA_WEBHOOK_LOOPBACK: 'on',
    TESSERA_RABBITMQ_URL: 'amqps://hub:CANARY@queue.example/clinic',
    TESSERA_KAFKA_URL: 'kafka://hub:CANARY@kafka.example:9092/events',
    TESSERA_SMTP_URL: 'smtp://hub:CANARY@mail.example:587',
    TESSERA_ALERT_MAIL_FROM: 'hub@clinic.example',
    TESSERA_ALERT_MAIL_TO: 'a@clinic.example, b@clinic.example',
  };
  const config = readConfig(engines);
  expect(config).toMatchObject({
    webhookLoopback: true,
    rabbitMqUrl: engines.TESSERA_RABBITMQ_URL,
    kafkaUrl: engines.TESSERA_KAFKA_URL,
    alertMail: { smtpUrl: engines.TESSERA_SMTP_URL, to: ['a@clinic.example', 'b@clinic.example'] },
  });
  expect(JSON.stringify(redactedConfig(config))).not.toContain('CANARY');
  const wrong = problemsOf({
    ...engines,
    TESSERA_RABBITMQ_URL: 'http://CANARY@queue.example',
    TESSERA_KAFKA_URL: 'CANARY',
    TESSERA_ALERT_MAIL_TO: '',
  });
  expect(wrong).toEqual([
    expect.stringContaining('TESSERA_RABBITMQ_URL expects amqp://'),
    expect.stringContaining('TESSERA_KAFKA_URL expects kafka://'),
    expect.stringContaining('TESSERA_ALERT_MAIL_TO (addresses'),
  ]);
  expect(wrong.join()).not.toContain('CANARY');
});
