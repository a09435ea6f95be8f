/** What a failure means, and what to do about it, for the person who connects a HIS. Codes: Node.js errors, OpenSSL verify codes. */

interface Problem {
  /** After "host:port". */
  readonly what: string;
  readonly remedy: string;
}

const CA_REMEDY =
  'Have the HIS send its whole certificate chain; if its authority is the hospital’s own, start the hub with NODE_EXTRA_CA_CERTS naming that authority’s certificate.';
const FIREWALL_REMEDY = 'Check the route and the firewalls between this machine and the HIS, in both directions.';
const NAME_REMEDY = 'Check the spelling, and that the name server of this machine knows the hospital’s names.';

export const NETWORK_PROBLEMS: Readonly<Record<string, Problem>> = {
  ENOTFOUND: { what: 'has no address: the name is not known', remedy: NAME_REMEDY },
  ENODATA: { what: 'has no address: the name is not known', remedy: NAME_REMEDY },
  EAI_AGAIN: { what: 'could not be resolved: the name server does not answer', remedy: NAME_REMEDY },
  ECONNREFUSED: {
    what: 'refuses connections',
    remedy: 'Check the port, and that the HIS runs and admits this machine through its firewall.',
  },
  ETIMEDOUT: { what: 'does not answer in time', remedy: FIREWALL_REMEDY },
  EHOSTUNREACH: { what: 'cannot be reached from here', remedy: FIREWALL_REMEDY },
  ENETUNREACH: { what: 'cannot be reached from here', remedy: FIREWALL_REMEDY },
  ECONNRESET: {
    what: 'cuts the connection',
    remedy: 'Check that this is the port meant (encrypted or not), and that no proxy in between cuts it.',
  },
  CERT_HAS_EXPIRED: { what: 'has a certificate that has ended', remedy: 'Have the HIS renew its certificate.' },
  CERT_NOT_YET_VALID: {
    what: 'has a certificate that is not valid yet',
    remedy: 'Check the clock of this machine, and the certificate of the HIS.',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: 'has a certificate for another name',
    remedy: 'Use the name that the certificate was made for, or have the HIS get one for this name.',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { what: 'has a certificate that it signed itself', remedy: CA_REMEDY },
  SELF_SIGNED_CERT_IN_CHAIN: { what: 'has a certificate of an authority that is not known here', remedy: CA_REMEDY },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    what: 'has a certificate of an authority that is not known here',
    remedy: CA_REMEDY,
  },
  UNABLE_TO_GET_ISSUER_CERT: { what: 'has a certificate of an authority that is not known here', remedy: CA_REMEDY },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    what: 'has a certificate of an authority that is not known here',
    remedy: CA_REMEDY,
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    what: 'does not speak TLS',
    remedy: 'Check that this is the encrypted port; if the HIS has none, use http.',
  },
  EPROTO: { what: 'does not agree on a way to encrypt', remedy: 'Have the HIS offer TLS 1.2 or 1.3.' },
};

export function otherProblem(code: string): Problem {
  if (/^ERR_(OSSL|CRYPTO)/.test(code)) {
    return {
      what: `was not tried: the certificates or the key among the secrets cannot be read (${code})`,
      remedy: 'Send tlsCa, tlsCertificate and tlsKey anew, in PEM.',
    };
  }
  return { what: `failed (${code})`, remedy: 'Ask whoever runs the network between here and the HIS.' };
}

/** What to do when a step that the adapter does has failed. */
export const ADAPTER_REMEDIES = {
  auth: 'Correct config or secrets (PATCH the connection), or have the HIS admit this client; then check again.',
  read: 'Ask whoever runs the HIS to permit this client what was tried here, and see that the HIS is well.',
  map: 'What the HIS sent does not fit the mappings of this adapter: change those (mappings/), or the config they rely on.',
  write: 'Bookings would be refused: ask whoever runs the HIS to permit them to this client.',
} as const;
