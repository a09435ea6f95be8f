/** Every setting of the hub, read from the environment once at start. Nothing else reads the environment. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { DEFAULT_RATES, RATE_NAMES, type Rate, type RateName, type Rates } from './domain/index.ts';

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

export interface MllpAccess {
  /** Files (PEM): certificate and key of the listener; `ca`: senders must show a certificate that one of these issued. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string | undefined } | undefined;
  /** Addresses and networks that may connect; empty: whoever reaches the port. */
  readonly allow: readonly string[];
  /** Everybody who reaches the port may send, in clear: a person has said so. */
  readonly unprotected: boolean;
}

export interface OutsideProvider {
  readonly issuer: string;
  readonly audience: string;
  /** Where its tokens say what a person may do, and by which words. */
  readonly roleClaim?: string;
  readonly roles?: ReadonlyMap<string, string>;
  readonly organizationClaim?: string;
  readonly organizationId?: string;
}

export interface AlertMail {
  /** Holds the password: not for logs. */
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
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

type Environment = Readonly<Record<string, string | undefined>>;

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
  'TESSERA_TRUSTED_PROXIES',
  'TESSERA_RABBITMQ_URL',
  'TESSERA_KAFKA_URL',
  'TESSERA_SMTP_URL',
  'TESSERA_ALERT_MAIL_FROM',
  'TESSERA_ALERT_MAIL_TO',
];
/** Read by the tests, or by commands that talk to a running hub; a hub started beside them inherits them. */
const OF_OTHERS = /^TESSERA_(SAMPLES$|TEST_|API$|TOKEN$)/;

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

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
  const isOpen = !LOOPBACK.test(host) && !mllp.tls && mllp.allow.length === 0;
  const mllpHost = isOpen && !mllp.unprotected ? '127.0.0.1' : host;
  if (roles.has('listener') && isOpen) {
    if (mllp.unprotected) warnings.push(`${unprotectedAt(host)}, as TESSERA_MLLP_UNPROTECTED says`);
    else if (env['TESSERA_MLLP_PORT']) problems.push(`${unprotectedAt(host)}: ${HOW_TO_PROTECT}`);
    else warnings.push(`the HL7 v2 port is open on 127.0.0.1 only. For senders outside this machine ${HOW_TO_PROTECT}`);
  }

  const settings = {
    host,
    port: readPort(env, 'TESSERA_PORT', 8080, problems),
    mllpHost,
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
  const { warnings: _, rootKey, roles, databaseUrl, redisUrl, rabbitMqUrl, kafkaUrl, alertMail, ...rest } = config;
  return {
    ...rest,
    rootKey: rootKey === undefined ? 'file' : '***',
    roles: [...roles],
    database: databaseUrl === undefined ? 'embedded' : maskCredentials(databaseUrl),
    ...(redisUrl === undefined ? {} : { redis: maskCredentials(redisUrl) }),
    ...(rabbitMqUrl === undefined ? {} : { rabbitMq: maskCredentials(rabbitMqUrl) }),
    ...(kafkaUrl === undefined ? {} : { kafka: maskCredentials(kafkaUrl) }),
    ...(alertMail === undefined ? {} : { smtp: maskCredentials(alertMail.smtpUrl) }),
  };
}

/** Keeps what helps to see which server it is; a password may also stand in the query. */
function maskCredentials(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  for (const name of url.searchParams.keys()) {
    if (/pass|secret|key|token/i.test(name)) url.searchParams.set(name, '***');
  }
  return url.href;
}

function* misspelt(env: Environment): Generator<string> {
  for (const name of Object.keys(env)) {
    if (name.startsWith('TESSERA_') && !TESSERA_VARIABLES.includes(name) && !OF_OTHERS.test(name)) {
      yield `${name} is not a setting; there are ${TESSERA_VARIABLES.join(', ')}`;
    }
  }
}

function readPort(env: Environment, name: string, fallback: number, problems: string[]): number {
  const text = env[name] || String(fallback);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) problems.push(`${name} expects a port from 0 (any free one) to 65535, got "${text}"`);
  return port;
}

function oneOf<Value extends string>(
  env: Environment,
  name: string,
  values: readonly Value[],
  fallback: Value,
  problems: string[],
): Value {
  const text = env[name] || fallback;
  const value = values.find((each) => each === text);
  if (value === undefined) problems.push(`${name} expects one of ${values.join(', ')}, got "${text}"`);
  return value ?? fallback;
}

function readSwitch(env: Environment, name: string, fallback: boolean, problems: string[]): boolean {
  return oneOf(env, name, ['on', 'off'], fallback ? 'on' : 'off', problems) === 'on';
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

/** The value is never repeated in a problem: it may hold a password. */
function readDatabaseUrl(env: Environment, problems: string[]): string | undefined {
  const text = env['DATABASE_URL'];
  if (!text) return undefined;
  const url = URL.parse(text);
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    problems.push(
      'DATABASE_URL expects postgres://user:password@host:5432/database (percent-encode other characters), or unset for the embedded Postgres',
    );
    return undefined;
  }
  return text;
}

/** The value is never repeated in a problem: it may hold a password. */
function readRedisUrl(env: Environment, problems: string[]): string | undefined {
  const text = env['REDIS_URL'];
  const url = text ? URL.parse(text) : null;
  const isRedis = url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
  if (!isRedis || !/^\/?\d*$/.test(url.pathname)) {
    problems.push(
      'REDIS_URL expects redis://user:password@host:6379/0 (rediss:// for TLS; percent-encode other characters) when TESSERA_QUEUE is bullmq',
    );
    return undefined;
  }
  return text;
}

/** The value is never repeated in a problem: it may hold a password. */
function readEngineUrl(
  env: Environment,
  name: string,
  protocols: readonly [string, string],
  problems: string[],
): string | undefined {
  const text = env[name];
  if (!text) return undefined;
  const url = URL.parse(text);
  if (url && protocols.includes(url.protocol) && url.hostname !== '') return text;
  const [plain, tls] = protocols;
  problems.push(`${name} expects ${plain}//user:password@host (${tls}// for TLS; percent-encode other characters)`);
  return undefined;
}

const unprotectedAt = (host: string): string =>
  `whoever reaches ${host} could send bookings to the HL7 v2 port, and read them on the wire`;

const HOW_TO_PROTECT =
  'set TESSERA_MLLP_TLS_CERT and TESSERA_MLLP_TLS_KEY (and TESSERA_MLLP_TLS_CA, for certificates of the senders), or TESSERA_MLLP_ALLOW (addresses and networks of the senders), or TESSERA_MLLP_UNPROTECTED=on';

function readMllpAccess(env: Environment, problems: string[]): MllpAccess {
  const [cert, key, ca] = ['CERT', 'KEY', 'CA'].map((name) => env[`TESSERA_MLLP_TLS_${name}`] || undefined);
  if ((cert === undefined) !== (key === undefined) || (ca !== undefined && cert === undefined)) {
    problems.push(
      'TESSERA_MLLP_TLS_CERT and TESSERA_MLLP_TLS_KEY expect a file (PEM) each, or neither; TESSERA_MLLP_TLS_CA goes with them',
    );
  }
  const allow = (env['TESSERA_MLLP_ALLOW'] ?? '').split(',').flatMap((each) => each.trim() || []);
  const wrong = allow.filter((each) => !isNetwork(each));
  if (wrong.length > 0) {
    problems.push(
      `TESSERA_MLLP_ALLOW expects addresses and networks such as 10.1.2.3,10.4.0.0/16 (no names), got "${wrong.join(', ')}"`,
    );
  }
  const tls = cert !== undefined && key !== undefined ? { cert, key, ca } : undefined;
  return { tls, allow, unprotected: readSwitch(env, 'TESSERA_MLLP_UNPROTECTED', false, problems) };
}

function isNetwork(entry: string): boolean {
  const [address = '', bits, ...more] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function readAlertMail(env: Environment, problems: string[]): AlertMail | undefined {
  const smtpUrl = readEngineUrl(env, 'TESSERA_SMTP_URL', ['smtp:', 'smtps:'], problems);
  const from = env['TESSERA_ALERT_MAIL_FROM'] ?? '';
  const to = (env['TESSERA_ALERT_MAIL_TO'] ?? '').split(',').flatMap((each) => each.trim() || []);
  if (!env['TESSERA_SMTP_URL'] && from === '' && to.length === 0) return undefined;
  const address = /^[^\s@<>,]+@[^\s@<>,]+$/;
  if (env['TESSERA_SMTP_URL'] && address.test(from) && to.length > 0 && to.every((each) => address.test(each)))
    return smtpUrl === undefined ? undefined : { smtpUrl, from, to };
  problems.push(
    'alerts are mailed when TESSERA_SMTP_URL, TESSERA_ALERT_MAIL_FROM (an address) and TESSERA_ALERT_MAIL_TO (addresses, with commas between them) are set, all three',
  );
  return undefined;
}

/** Whoever tries the hub out, or measures it, is alone on it. */
const SANDBOX_FACTOR = 100;

function readRates(env: Environment, sandbox: boolean, problems: string[]): Rates {
  const rates: Record<RateName, Rate> = { ...DEFAULT_RATES };
  if (sandbox) {
    for (const name of RATE_NAMES)
      rates[name] = { requests: rates[name].requests * SANDBOX_FACTOR, seconds: rates[name].seconds };
  }
  for (const each of (env['TESSERA_RATE_LIMITS'] ?? '').split(',').flatMap((text) => text.trim() || [])) {
    const [, given, requests, seconds] = /^(\w+)=([1-9]\d{0,8})\/([1-9]\d{0,4})s$/.exec(each) ?? [];
    const name = RATE_NAMES.find((known) => known === given);
    if (name === undefined) {
      problems.push(
        `TESSERA_RATE_LIMITS expects a comma list such as client=2000/10s, of ${RATE_NAMES.join(', ')}, got "${each}"`,
      );
    } else rates[name] = { requests: Number(requests), seconds: Number(seconds) };
  }
  return rates;
}

function readTrustedProxies(env: Environment, problems: string[]): readonly string[] {
  const given = (env['TESSERA_TRUSTED_PROXIES'] ?? '').split(',').flatMap((text) => text.trim() || []);
  for (const each of given) {
    const [address = '', bits, more] = each.split('/');
    const bitsMax = isIP(address) === 6 ? 128 : 32;
    if (
      isIP(address) === 0 ||
      more !== undefined ||
      (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax))
    )
      problems.push(`TESSERA_TRUSTED_PROXIES expects IP addresses and networks such as 10.0.0.0/8, got "${each}"`);
  }
  return given;
}

function readOidc(env: Environment, problems: string[]): Config['oidc'] {
  const issuer = env['TESSERA_OIDC_ISSUER'];
  const audience = env['TESSERA_OIDC_AUDIENCE'];
  if (!issuer && !audience) return undefined;
  if (!issuer || !audience) {
    const [present, absent] = issuer ? ['ISSUER', 'AUDIENCE'] : ['AUDIENCE', 'ISSUER'];
    problems.push(
      `TESSERA_OIDC_${present} is set and TESSERA_OIDC_${absent} is not: an outside identity provider needs both`,
    );
    return undefined;
  }
  // Keys fetched in the clear could be anybody's.
  if (!isSafe(issuer))
    problems.push(`TESSERA_OIDC_ISSUER expects an https:// URL (http:// on loopback only), got "${issuer}"`);
  const roleClaim = env['TESSERA_OIDC_ROLE_CLAIM'];
  const roles = readPairs(env, 'TESSERA_OIDC_ROLES', problems);
  const organizationClaim = env['TESSERA_OIDC_ORGANIZATION_CLAIM'];
  const organizationId = env['TESSERA_OIDC_ORGANIZATION'];
  return {
    issuer,
    audience,
    ...(roleClaim && { roleClaim }),
    ...(roles && { roles }),
    ...(organizationClaim && { organizationClaim }),
    ...(organizationId && { organizationId }),
  };
}

function isSafe(text: string): boolean {
  const url = URL.parse(text);
  return (
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname.replace(/^\[|\]$/g, '')))
  );
}

function readPublicUrl(env: Environment, problems: string[]): string | undefined {
  const text = env['TESSERA_PUBLIC_URL'];
  if (!text) return undefined;
  const url = URL.parse(text);
  if (url && isSafe(text) && url.pathname === '/' && url.search === '' && url.username === '') return url.origin;
  problems.push(
    `TESSERA_PUBLIC_URL expects the https:// origin that people and apps reach the API by (http:// on loopback only), got "${text}"`,
  );
  return undefined;
}

/** `theirs=ours,theirs=ours`. */
function readPairs(env: Environment, name: string, problems: string[]): ReadonlyMap<string, string> | undefined {
  const text = env[name];
  if (!text) return undefined;
  const pairs = text.split(',').map((each) => each.split('=').map((part) => part.trim()));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes('')))
    problems.push(`${name} expects pairs like hub-admins=admin,hub-support=support, got "${text}"`);
  return new Map(pairs.map(([theirs = '', ours = '']) => [theirs, ours]));
}
