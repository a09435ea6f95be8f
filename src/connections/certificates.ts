/** How long the certificates of a connection are good: asked for by a handshake, after which nothing is said. */
import { X509Certificate } from 'node:crypto';
import type { Adapter } from '../adapter-kit/index.ts';
import type { Sql } from '../db/database.ts';
import { notFound, repeat, type Log, type Repeated } from '../domain/index.ts';
import { keepExpiries, unseenCertificates, type Expiry } from '../ledger/connection-expiry.ts';
import { openSecrets, type Seal } from '../ledger/seal.ts';
import { endpointsOf } from './check-endpoints.ts';
import { encrypt, resolve, type TlsSecrets } from './check-network.ts';

export interface CertificateParts {
  readonly sql: Sql;
  readonly seal: Seal;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly log: Log;
}

export interface NetworkSettings {
  readonly key: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly adapter: Adapter | undefined;
  readonly tlsSecrets: TlsSecrets;
}

const EVERY_MS = 3_600_000;
/** The last look was that long ago, less what it took. */
const UNSEEN_MS = EVERY_MS / 2;
const HANDSHAKES_MS = 20_000;

/** What is needed to reach the HIS. Errors: not-found. */
export async function readNetworkSettings(
  { sql, adapters, seal }: Omit<CertificateParts, 'log'>,
  connectionId: string,
): Promise<NetworkSettings> {
  const found = await sql.query<{
    adapter: string;
    key: string;
    config: Record<string, unknown>;
    secrets: Buffer | null;
  }>('select adapter, key, config, secrets from connection where id = $1', [connectionId]);
  const [row] = found.rows;
  if (!row) throw notFound('connection');
  const { tlsCa: ca, tlsCertificate: cert, tlsKey: key } = openSecrets(seal, connectionId, row.secrets) ?? {};
  const tlsSecrets = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return { key: row.key, config: row.config, adapter: adapters.get(row.adapter), tlsSecrets };
}

/** Of the hub's own certificate, where it has one that can be read. */
export function ownCertificate({ cert }: TlsSecrets): Expiry[] {
  if (cert === undefined) return [];
  try {
    const endsAt = new Date(new X509Certificate(cert).validTo).toISOString();
    return [{ kind: 'client-certificate', subject: '', endsAt }];
  } catch {
    // The check says what is wrong with it.
    return [];
  }
}

/** Looks at the certificates that nobody has seen lately. Those of a HIS that cannot be reached stay as they were seen last. */
export async function seeCertificates(parts: CertificateParts): Promise<void> {
  for (const connectionId of await unseenCertificates(parts.sql, UNSEEN_MS)) {
    try {
      const { adapter, config, tlsSecrets } = await readNetworkSettings(parts, connectionId);
      const endpoints = endpointsOf(config, adapter?.manifest.configSchema ?? {}).filter(({ tls }) => tls);
      const deadline = AbortSignal.timeout(HANDSHAKES_MS);
      const { resolved } = await resolve(endpoints, deadline);
      const { certificates } = await encrypt(resolved, deadline, tlsSecrets);
      await keepExpiries(parts.sql, connectionId, [...certificates, ...ownCertificate(tlsSecrets)]);
    } catch (error) {
      parts.log.warn({ connectionId, err: error }, 'the certificates of a connection were not looked at');
    }
  }
}

/** Looks every hour, and first a minute after the start, until stopped. */
export const startSeeingCertificates = (parts: CertificateParts, firstAfterMs = 60_000): Repeated =>
  repeat(() => seeCertificates(parts), {
    everyMs: EVERY_MS,
    firstAfterMs,
    onError: (error) => parts.log.warn({ err: error }, 'certificates were not looked at; tried again in an hour'),
  });
