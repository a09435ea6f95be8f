/** The hospital's patients, by every key that anybody gave them. Somebody unknown is registered by the first request. */
import type { Hl7Message } from '#adapter-kit';
import type { SimulatedHis } from '#adapter-kit/simulator';

export class Patients {
  readonly #his: SimulatedHis;
  readonly #byKey = new Map<string, string>();

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
    const id = `M${100_000 + this.#his.book.patients().length}`;
    this.#his.book.putPatient({
      id,
      name: { family, given: [message.get('PID-5.2') ?? ''] },
      birthDate: (message.get('PID-7') ?? '').replace(/^(\d{4})(\d\d)(\d\d).*$/, '$1-$2-$3'),
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
