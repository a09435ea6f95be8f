/** Words that stand in every field of every patient here, and may stand nowhere else (I7). */

const CANARY = /canary|1931-07-19|2125550177|c4n4ry/i;

/** True when some patient's data stand in `text`. The text itself is not for showing. */
export const hasCanary = (text: string): boolean => CANARY.test(text);

/** `serial`: what tells patients apart, for a HIS that matches by name and birth date. */
export function canaryPatient(serial: string): Readonly<Record<string, unknown>> {
  return {
    name: { given: ['Canaryfirst'], family: `Canarylast${serial}` },
    birthDate: '1931-07-19',
    email: `canary.mail.${serial}@example.com`,
    phone: '+12125550177',
    address: { line: ['7 Canarystreet'], city: 'Canarytown', postalCode: 'C4N4RY', country: 'US' },
    identifiers: [{ system: 'urn:oid:2.16.840.1.113883.4.1', value: `CANARY-MRN-${serial}` }],
  };
}

export const CANARY_REASON = 'canaryreason cough';
