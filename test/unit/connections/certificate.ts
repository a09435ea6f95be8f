/** A certificate that signs itself, as DER by hand (RFC 5280, section 4.1): Node.js reads certificates, but makes none. */
import { generateKeyPairSync, sign } from 'node:crypto';

export interface Certified {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 24 * 3600_000;
const SEQUENCE = 0x30;

/** For 127.0.0.1 and `name`; valid from 400 days ago until `days` from now. */
export function selfSigned({ name = 'localhost', days = 365 } = {}): Certified {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // ecdsa-with-SHA256: 1.2.840.10045.4.3.2
  const algorithm = der(SEQUENCE, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  // One common name (2.5.4.3), as a UTF8String.
  const subject = der(
    SEQUENCE,
    der(0x31, der(SEQUENCE, der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(name)))),
  );
  const names = der(SEQUENCE, der(0x82, Buffer.from(name)), der(0x87, Buffer.of(127, 0, 0, 1)));
  // subjectAltName: 2.5.29.17
  const extension = der(SEQUENCE, der(0x06, Buffer.from('551d11', 'hex')), der(0x04, names));
  const tbs = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    algorithm,
    subject,
    der(SEQUENCE, time(Date.now() - 400 * DAY_MS), time(Date.now() + days * DAY_MS)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, extension)),
  );
  const signature = der(0x03, Buffer.of(0), sign('sha256', tbs, privateKey));
  const certificate = der(SEQUENCE, tbs, algorithm, signature);
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

/** GeneralizedTime. */
const time = (ms: number): Buffer => der(0x18, Buffer.from(new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')));
