/** Who may reach the HL7 v2 port, and where it is opened. */
import { isNetwork, listOf, LOOPBACK, readSwitch, type Environment } from './environment.ts';

export interface MllpAccess {
  /** Files (PEM): certificate and key of the listener; `ca`: senders must show a certificate that one of these issued. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string | undefined } | undefined;
  /** Addresses and networks that may connect; empty: whoever reaches the port. */
  readonly allow: readonly string[];
  /** Everybody who reaches the port may send, in clear: a person has said so. */
  readonly unprotected: boolean;
}

const unprotectedAt = (host: string): string =>
  `whoever reaches ${host} could send bookings to the HL7 v2 port, and read them on the wire`;

const HOW_TO_PROTECT =
  'set TESSERA_MLLP_TLS_CERT and TESSERA_MLLP_TLS_KEY (and TESSERA_MLLP_TLS_CA, for certificates of the senders), or TESSERA_MLLP_ALLOW (addresses and networks of the senders), or TESSERA_MLLP_UNPROTECTED=on';

export function readMllpAccess(env: Environment, problems: string[]): MllpAccess {
  const [cert, key, ca] = ['CERT', 'KEY', 'CA'].map((name) => env[`TESSERA_MLLP_TLS_${name}`] || undefined);
  if ((cert === undefined) !== (key === undefined) || (ca !== undefined && cert === undefined)) {
    problems.push(
      'TESSERA_MLLP_TLS_CERT and TESSERA_MLLP_TLS_KEY expect a file (PEM) each, or neither; TESSERA_MLLP_TLS_CA goes with them',
    );
  }
  const allow = listOf(env['TESSERA_MLLP_ALLOW']);
  const wrong = allow.filter((each) => !isNetwork(each));
  if (wrong.length > 0) {
    problems.push(
      `TESSERA_MLLP_ALLOW expects addresses and networks such as 10.1.2.3,10.4.0.0/16 (no names), got "${wrong.join(', ')}"`,
    );
  }
  const tls = cert !== undefined && key !== undefined ? { cert, key, ca } : undefined;
  return { tls, allow, unprotected: readSwitch(env, 'TESSERA_MLLP_UNPROTECTED', false, problems) };
}

interface MllpBinding {
  readonly host: string;
  readonly problem?: string;
  readonly warning?: string;
}

/** Off this machine only with protection, or when a person has said so. */
export function bindMllp(env: Environment, host: string, { tls, allow, unprotected }: MllpAccess): MllpBinding {
  if (LOOPBACK.test(host) || tls || allow.length > 0) return { host };
  if (unprotected) return { host, warning: `${unprotectedAt(host)}, as TESSERA_MLLP_UNPROTECTED says` };
  if (env['TESSERA_MLLP_PORT']) return { host: '127.0.0.1', problem: `${unprotectedAt(host)}: ${HOW_TO_PROTECT}` };
  return {
    host: '127.0.0.1',
    warning: `the HL7 v2 port is open on 127.0.0.1 only. For senders outside this machine ${HOW_TO_PROTECT}`,
  };
}
