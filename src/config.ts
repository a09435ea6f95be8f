/** Every setting of the hub, read from the environment once at start; nothing else of the running hub reads a setting from there. */
import { resolve } from 'node:path';
import {
  LOOPBACK,
  maskCredentials,
  oneOf,
  readEngineUrl,
  readPort,
  readSwitch,
  type Environment,
} from './config/environment.ts';
import { readOidc, readPublicUrl, type OutsideProvider } from './config/identity.ts';
import { bindMllp, readMllpAccess, type MllpAccess } from './config/mllp-access.ts';
import { readRates, readTrustedProxies } from './config/requests.ts';
import { readRetention } from './config/retention.ts';
import { readAlertMail, readDatabaseUrl, readRedisUrl, type AlertMail } from './config/services.ts';
import type { Rates, Retention } from './domain/index.ts';

export type { AlertMail } from './config/services.ts';

export const PROCESS_ROLES = ['api', 'worker', 'listener', 'followers'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];

export const QUEUE_DRIVERS = ['pg-boss', 'bullmq'] as const;
export type QueueDriver = (typeof QUEUE_DRIVERS)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** API and web. Port 0: any free one. */
  readonly host: string;
  readonly port: number;
  /** HL7 v2 listener: on the same host, unless nothing protects it there. Port 0: any free one. */
  readonly mllpHost: string;
  readonly mllpPort: number;
  /** Who may send to it, and how. */
  readonly mllp: MllpAccess;
  /** Absolute. */
  readonly dataDir: string;
  /** Undefined: the embedded Postgres in the data directory. */
  readonly databaseUrl: string | undefined;
  readonly queue: QueueDriver;
  /** Where bullmq keeps its jobs; undefined under pg-boss. Holds the password: not for logs. */
  readonly redisUrl: string | undefined;
  readonly roles: ReadonlySet<ProcessRole>;
  readonly sandbox: boolean;
  /** How others reach the API, without a slash at the end; undefined: where it listens. */
  readonly publicUrl: string | undefined;
  /** An outside identity provider beside the built-in one. */
  readonly oidc: OutsideProvider | undefined;
  /** Base64 of 32 bytes; undefined: a file of the data directory. */
  readonly rootKey: string | undefined;
  readonly rates: Rates;
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** For how long what is kept. */
  readonly retention: Retention;
  readonly logLevel: LogLevel;
  /** Webhooks may lead to this machine itself, also without TLS: for development only. */
  readonly webhookLoopback: boolean;
  /** Where every event is brought to; undefined: nowhere. Hold passwords: not for logs. */
  readonly rabbitMqUrl: string | undefined;
  readonly kafkaUrl: string | undefined;
  /** Undefined: alerts are not mailed. */
  readonly alertMail: AlertMail | undefined;
  /** For the log at start: settings that work, and that a person should know about. */
  readonly warnings: readonly string[];
}

/** Everything that is wrong with the environment, at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the environment has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((each) => `  - ${each}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const TESSERA_VARIABLES = [
  'TESSERA_PORT',
  'TESSERA_HOST',
  'TESSERA_MLLP_PORT',
  'TESSERA_MLLP_TLS_CERT',
  'TESSERA_MLLP_TLS_KEY',
  'TESSERA_MLLP_TLS_CA',
  'TESSERA_MLLP_ALLOW',
  'TESSERA_MLLP_UNPROTECTED',
  'TESSERA_DATA_DIR',
  'TESSERA_QUEUE',
  'TESSERA_ROLES',
  'TESSERA_SANDBOX',
  'TESSERA_OIDC_ISSUER',
  'TESSERA_OIDC_AUDIENCE',
  'TESSERA_OIDC_ROLE_CLAIM',
  'TESSERA_OIDC_ROLES',
  'TESSERA_OIDC_ORGANIZATION_CLAIM',
  'TESSERA_OIDC_ORGANIZATION',
  'TESSERA_PUBLIC_URL',
  'TESSERA_ROOT_KEY',
  'TESSERA_WEBHOOK_LOOPBACK',
  'TESSERA_RATE_LIMITS',
  'TESSERA_RETENTION',
  'TESSERA_TRUSTED_PROXIES',
  'TESSERA_RABBITMQ_URL',
  'TESSERA_KAFKA_URL',
  'TESSERA_SMTP_URL',
  'TESSERA_ALERT_MAIL_FROM',
  'TESSERA_ALERT_MAIL_TO',
];
/** Read by the tests, or by commands that talk to a running hub; a hub started beside them inherits them. */
const OF_OTHERS = /^TESSERA_(SAMPLES$|TEST_|API$|TOKEN$)/;

/** Throws ConfigError, which lists all problems. */
export function readConfig(env: Environment, workingDirectory = process.cwd()): Config {
  const problems: string[] = [...misspelt(env)];
  const warnings: string[] = [];
  const databaseUrl = readDatabaseUrl(env, problems);
  const host = env['TESSERA_HOST'] || '127.0.0.1';
  if (!LOOPBACK.test(host)) {
    warnings.push(`TESSERA_HOST ${host} is reachable from outside this machine: put TLS in front of the API`);
  }
  const queue = oneOf(env, 'TESSERA_QUEUE', QUEUE_DRIVERS, 'pg-boss', problems);
  const roles = readRoles(env, problems);
  const mllp = readMllpAccess(env, problems);
  const bound = roles.has('listener') ? bindMllp(env, host, mllp) : { host };
  if (bound.problem) problems.push(bound.problem);
  if (bound.warning) warnings.push(bound.warning);

  const settings = {
    host,
    port: readPort(env, 'TESSERA_PORT', 8080, problems),
    mllpHost: bound.host,
    mllpPort: readPort(env, 'TESSERA_MLLP_PORT', 2575, problems),
    mllp,
    dataDir: resolve(workingDirectory, env['TESSERA_DATA_DIR'] || '.tessera'),
    databaseUrl,
    queue,
    redisUrl: queue === 'bullmq' ? readRedisUrl(env, problems) : undefined,
    roles,
    sandbox: readSwitch(env, 'TESSERA_SANDBOX', databaseUrl === undefined, problems),
    publicUrl: readPublicUrl(env, problems),
    oidc: readOidc(env, problems),
    rootKey: env['TESSERA_ROOT_KEY'] || undefined,
    logLevel: oneOf(env, 'LOG_LEVEL', LOG_LEVELS, 'info', problems),
    retention: readRetention(env, problems),
    webhookLoopback: readSwitch(env, 'TESSERA_WEBHOOK_LOOPBACK', false, problems),
    trustedProxies: readTrustedProxies(env, problems),
    rabbitMqUrl: readEngineUrl(env, 'TESSERA_RABBITMQ_URL', ['amqp:', 'amqps:'], problems),
    kafkaUrl: readEngineUrl(env, 'TESSERA_KAFKA_URL', ['kafka:', 'kafkas:'], problems),
    alertMail: readAlertMail(env, problems),
    warnings,
  };
  const config: Config = { ...settings, rates: readRates(env, settings.sandbox, problems) };
  if (config.port !== 0 && config.port === config.mllpPort) {
    problems.push(
      `TESSERA_PORT and TESSERA_MLLP_PORT are both ${config.port}: the API and the HL7 v2 listener need a port each`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** The settings for the log line at start: no credentials. */
export function redactedConfig(config: Config): Readonly<Record<string, unknown>> {
  const {
    warnings: _,
    rates,
    rootKey,
    roles,
    databaseUrl,
    redisUrl,
    rabbitMqUrl,
    kafkaUrl,
    alertMail,
    ...rest
  } = config;
  return {
    ...rest,
    // As TESSERA_RATE_LIMITS has them: by name, `address` would be taken for a person's.
    rates: Object.entries(rates).map(([name, { requests, seconds }]) => `${name}=${requests}/${seconds}s`),
    rootKey: rootKey === undefined ? 'file' : '***',
    roles: [...roles],
    database: databaseUrl === undefined ? 'embedded' : maskCredentials(databaseUrl),
    ...(redisUrl === undefined ? {} : { redis: maskCredentials(redisUrl) }),
    ...(rabbitMqUrl === undefined ? {} : { rabbitMq: maskCredentials(rabbitMqUrl) }),
    ...(kafkaUrl === undefined ? {} : { kafka: maskCredentials(kafkaUrl) }),
    ...(alertMail === undefined ? {} : { smtp: maskCredentials(alertMail.smtpUrl) }),
  };
}

function* misspelt(env: Environment): Generator<string> {
  for (const name of Object.keys(env)) {
    if (name.startsWith('TESSERA_') && !TESSERA_VARIABLES.includes(name) && !OF_OTHERS.test(name)) {
      yield `${name} is not a setting; there are ${TESSERA_VARIABLES.join(', ')}`;
    }
  }
}

function readRoles(env: Environment, problems: string[]): ReadonlySet<ProcessRole> {
  const names = (env['TESSERA_ROLES'] || PROCESS_ROLES.join(',')).split(',').map((each) => each.trim());
  const roles = new Set<ProcessRole>();
  for (const name of names) {
    const role = PROCESS_ROLES.find((each) => each === name);
    if (role === undefined)
      problems.push(`TESSERA_ROLES expects a comma list of ${PROCESS_ROLES.join(', ')}, got "${name}"`);
    else roles.add(role);
  }
  return roles;
}
