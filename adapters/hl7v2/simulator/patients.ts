/** The hospital's patients, by every key that anybody gave them. Somebody unknown is registered by the first request. */
import type { Hl7Message } from '#adapter-kit';
import type { SimulatedHis, SimulatedPatient } from '#adapter-kit/simulator';

export class Patients {
  readonly #his: SimulatedHis;
  readonly #byKey = new Map<string, string>();
  /** EVN-2 of the last update: an older one that comes late changes nothing. */
  readonly #updatedAt = new Map<string, string>();

  constructor(his: SimulatedHis) {
    this.#his = his;
    for (const { id, identifiers } of his.book.patients()) {
      this.#byKey.set(id, id);
      for (const { value } of identifiers) this.#byKey.set(value, id);
    }
  }

  /** The hospital's own key of the patient that somebody calls `key`. */
  known(key: string | undefined): string | undefined {
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  /** The patient of PID; undefined without a name. */
  named(message: Hl7Message): string | undefined {
    const family = message.get('PID-5.1');
    if (!family) return undefined;
    const identifiers = identifiersIn(message);
    const known = identifiers.map(({ value }) => this.#byKey.get(value)).find((id) => id !== undefined);
    if (known !== undefined) return known;
    return this.#register(message, family, identifiers);
  }

  /** Replaces what is known of a patient by what PID says; an empty field leaves things as they are, "" deletes them. */
  update(message: Hl7Message): 'updated' | 'unknown' | 'unnamed' {
    const family = message.get('PID-5.1');
    if (!family) return 'unnamed';
    const id = identifiersIn(message)
      .map(({ value }) => this.#byKey.get(value))
      .find((known) => known !== undefined);
    const patient = id === undefined ? undefined : this.#his.book.patient(id);
    if (patient === undefined) return 'unknown';
    const at = message.get('EVN-2') ?? '';
    if (at < (this.#updatedAt.get(patient.id) ?? '')) return 'updated';
    this.#updatedAt.set(patient.id, at);
    this.#his.book.putPatient({
      ...demographicsIn(message, patient),
      id: patient.id,
      identifiers: patient.identifiers,
    });
    return 'updated';
  }

  #register(message: Hl7Message, family: string, identifiers: SimulatedPatient['identifiers']): string {
    const id = `M${100_000 + this.#his.book.patients().length}`;
    this.#his.book.putPatient({
      id,
      name: { family, given: [message.get('PID-5.2') ?? ''] },
      birthDate: birthDateIn(message),
      identifiers,
    });
    for (const key of [id, ...identifiers.map(({ value }) => value)]) this.#byKey.set(key, id);
    return id;
  }
}

/** CX: the key, and whose it is, by a name or a URI. */
function identifiersIn(message: Hl7Message): { readonly system: string; readonly value: string }[] {
  const [pid] = message.segments('PID');
  return (pid?.repetitions(3) ?? []).flatMap((_, nth) => {
    const value = pid?.value(3, nth, 1);
    const system = pid?.value(3, nth, 4) ?? pid?.value(3, nth, 4, 2) ?? '';
    return value ? [{ system, value }] : [];
  });
}

const birthDateIn = (message: Hl7Message): string =>
  (message.get('PID-7') ?? '').replace(/^(\d{4})(\d\d)(\d\d).*$/, '$1-$2-$3');

/** `before`: what stays where PID says nothing. */
function demographicsIn(message: Hl7Message, before: SimulatedPatient): Omit<SimulatedPatient, 'id' | 'identifiers'> {
  const text = (path: string): string => message.get(path) ?? '';
  const [pid] = message.segments('PID');
  const telecoms = (pid?.repetitions(13) ?? []).map((_, nth) => ({
    phone: pid?.value(13, nth, 1) ?? undefined,
    email: pid?.value(13, nth, 4) ?? undefined,
  }));
  const said = {
    phone: telecoms.find(({ phone }) => phone)?.phone,
    email: telecoms.find(({ email }) => email)?.email,
  };
  const { phone, email } = telecoms.length === 0 ? before : said;
  const address = (pid?.repetitions(11) ?? []).length === 0 ? before.address : addressIn(text);
  return {
    name: { family: text('PID-5.1'), given: ['PID-5.2', 'PID-5.3'].map(text).filter((part) => part !== '') },
    birthDate: birthDateIn(message) || before.birthDate,
    ...(phone !== undefined && { phone }),
    ...(email !== undefined && { email }),
    ...(address && { address }),
  };
}

function addressIn(text: (path: string) => string): SimulatedPatient['address'] {
  const line = ['PID-11.1', 'PID-11.2'].map(text).filter((part) => part !== '');
  const [city, postalCode, country] = ['PID-11.3', 'PID-11.5', 'PID-11.6'].map(text);
  const address = {
    ...(line.length > 0 && { line }),
    ...(city && { city }),
    ...(postalCode && { postalCode }),
    ...(country && { country }),
  };
  return Object.keys(address).length === 0 ? undefined : address;
}
