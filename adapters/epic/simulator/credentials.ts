/** The sandbox's own client: made once per directory, so that a hub's stored secrets outlive a restart of the simulator. */
import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Credentials {
  readonly clientId: string;
  readonly keyId: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly publicKey: KeyObject;
  readonly interconnectUser: string;
  readonly interconnectPassword: string;
}

export function credentialsIn(directory: string): Credentials {
  const path = join(directory, 'client.json');
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const made = {
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      interconnectPassword: randomBytes(18).toString('base64url'),
    };
    writeFileSync(path, JSON.stringify(made), { mode: 0o600 });
  }
  const { privateKey, interconnectPassword } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  if (privateKey === undefined || interconnectPassword === undefined) {
    throw new Error(`${path} must hold privateKey and interconnectPassword: delete it, and it is made anew`);
  }
  return {
    clientId: '3c5d1f0e-7b8a-4f2d-9a61-0d7c4be2a915',
    keyId: 'sandbox-1',
    privateKey,
    publicKey: createPublicKey(privateKey),
    interconnectUser: 'HUBUSER',
    interconnectPassword,
  };
}
