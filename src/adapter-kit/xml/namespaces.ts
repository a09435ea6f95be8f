/** Namespaces in scope, and the names a profile gives them. Prefixes are a sender's habit and mean nothing. */
import { XmlRefused } from './xml-refused.ts';

export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const XML = 'http://www.w3.org/XML/1998/namespace';
/** The same namespace under another name in every answer of some servers; bounded, since each costs a step of every look-up. */
const SCOPES_MAX = 256;

/** A list of frames, the innermost first: a copy per element would cost the square of the document. */
export class Scope {
  readonly #declared: ReadonlyMap<string, string>;
  readonly #outer: Scope | undefined;
  readonly #depth: number;

  constructor(declared: ReadonlyMap<string, string>, outer?: Scope) {
    this.#declared = declared;
    this.#outer = outer;
    this.#depth = outer === undefined ? 1 : outer.#depth + 1;
    if (this.#depth > SCOPES_MAX)
      throw new XmlRefused('too-deep', `expected at most ${SCOPES_MAX} scopes of namespaces inside each other`);
  }

  /** The URI of a prefix ('' is the default namespace); undefined when nothing declares it. */
  find(prefix: string): string | undefined {
    if (prefix === 'xml') return XML;
    return this.#declared.get(prefix) ?? this.#outer?.find(prefix) ?? (prefix === '' ? '' : undefined);
  }
}

export interface QualifiedName {
  readonly uri: string;
  readonly local: string;
}

/** Resolves `p:local`. An attribute without prefix is in no namespace, an element in the default one. Throws XmlRefused namespace. */
export function qualify(name: string, scope: Scope, kind: 'element' | 'attribute'): QualifiedName {
  const colon = name.indexOf(':');
  const prefix = colon < 0 ? '' : name.slice(0, colon);
  const local = name.slice(colon + 1);
  if (prefix === '' && kind === 'attribute') return { uri: '', local };
  const uri = scope.find(prefix);
  if (uri === undefined)
    throw new XmlRefused('namespace', 'expected a declaration of every namespace prefix that is used');
  return { uri, local };
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
