/** The names that a profile gives to namespaces. Prefixes are a sender's habit and mean nothing. */
interface QualifiedName {
  readonly uri: string;
  readonly local: string;
}

/** Writes a name as a profile does: `h:Name` where it has an alias, `{uri}Name` where it has none, `Name` without a namespace. */
export class Aliases {
  readonly #byUri = new Map<string, string>();
  readonly #local: boolean;

  /** `namespaces`: alias to its URI, or to several of one meaning ('' for elements without a namespace). */
  constructor(namespaces: Readonly<Record<string, string | readonly string[]>>, names: 'qualified' | 'local') {
    this.#local = names === 'local';
    for (const [alias, uris] of Object.entries(namespaces)) {
      for (const uri of typeof uris === 'string' ? [uris] : uris) this.#byUri.set(uri, alias);
    }
  }

  element({ uri, local }: QualifiedName): string {
    if (this.#local) return local;
    const alias = this.#byUri.get(uri);
    if (alias !== undefined) return `${alias}:${local}`;
    return uri === '' ? local : `{${uri}}${local}`;
  }

  /** As an element's name, but no namespace is never an alias' here: most attributes have none. */
  attribute({ uri, local }: QualifiedName): string {
    return uri === '' ? `@${local}` : `@${this.element({ uri, local })}`;
  }
}
