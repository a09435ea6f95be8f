/**
 * From text to a plain tree for mappings. An element without children or attributes is its text; `xsi:nil` is null, an empty element
 * is '', an absent one is no member. Attributes are `@name`, text beside either is `#text`. Values are text and stay text: ids keep
 * their zeros. Objects have no prototype.
 */
import { XMLParser } from 'fast-xml-parser';
import { guardXml } from './guard.ts';
import { XML_LIMITS, type XmlLimits } from './limits.ts';
import { Aliases, Scope, XSI, qualify, type QualifiedName } from './namespaces.ts';
import { PathSuffixes } from './path-suffixes.ts';
import { resolveReferences } from './references.ts';
import { XmlRefused } from './xml-refused.ts';

export type XmlValue = string | null | XmlObject | readonly XmlValue[];
export interface XmlObject {
  readonly [name: string]: XmlValue;
}

export interface XmlShape {
  /** Alias to namespace URI, or to several that mean the same. '' stands for elements that are in no namespace. */
  readonly namespaces: Readonly<Record<string, string | readonly string[]>>;
  /** `local` leaves namespaces out: elements of one local name are then one, whatever their namespace. Default: qualified. */
  readonly names?: 'qualified' | 'local';
  /** Ends of paths, such as `h:ListAppointments/h:Appointment`: always a list there, also of one, and of none in an empty parent. */
  readonly lists?: readonly string[];
  /** Ends of paths whose text is a qualified name (SOAP fault codes): it becomes `{uri}local`, by the scope of that element. */
  readonly qualifiedTexts?: readonly string[];
}

const NO_SCOPE = new Scope(new Map());
const CDATA = '#cdata';
const TEXT = '#text';
const ATTRIBUTES = ':@';

/** What the parser gives in order: `{ name: children, ':@': attributes }`, or `{ '#text': text }`. */
type Parsed = Readonly<Record<string, unknown>>;

/**
 * The document as `{ root: … }`. An element that occurs twice where no list is declared becomes a list: a mapping that expects
 * one value then says so. Throws XmlRefused.
 */
export function parseXml(text: string, shape: XmlShape, limits: XmlLimits = XML_LIMITS): XmlObject {
  const kept = guardXml(text, limits);
  return new TreeBuilder(shape).document(parsed(kept, limits));
}

function parsed(text: string, limits: XmlLimits): readonly Parsed[] {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    cdataPropName: CDATA,
    textNodeName: TEXT,
    // References are ours to resolve: the guard has counted them, and there is no DOCTYPE that could declare others.
    processEntities: false,
    maxNestedTags: limits.depth,
    // Our tree has no prototype whose members a name could hide.
    onDangerousProperty: (name: string) => name,
  });
  try {
    return nodes(parser.parse(text));
  } catch (cause) {
    throw new XmlRefused('malformed', 'expected well-formed XML: the parser refused what the guard had passed', {
      cause,
    });
  }
}

class TreeBuilder {
  readonly #aliases: Aliases;
  readonly #lists: PathSuffixes;
  readonly #qualifiedTexts: PathSuffixes;

  constructor(shape: XmlShape) {
    this.#aliases = new Aliases(shape.namespaces, shape.names ?? 'qualified');
    this.#lists = new PathSuffixes(shape.lists ?? []);
    this.#qualifiedTexts = new PathSuffixes(shape.qualifiedTexts ?? []);
  }

  document(all: readonly Parsed[]): XmlObject {
    const root = all.find((each) => elementName(each) !== undefined);
    if (root === undefined) throw new XmlRefused('malformed', 'expected one element');
    const { name, value } = this.#element(root, NO_SCOPE, []);
    return objectOf(new Map([[name, value]]));
  }

  #element(node: Parsed, outer: Scope, above: readonly string[]): { readonly name: string; readonly value: XmlValue } {
    const written = elementName(node) ?? '';
    const { scope, attributes, nil } = this.#attributesOf(node, outer);
    const name = this.#aliases.element(qualify(written, scope, 'element'));
    const path = [...above, name];
    const children = nodes(node[written]);
    if (nil && children.length === 0) return { name, value: null };
    const { members, text } = this.#content(children, scope, path);
    for (const list of this.#lists.below(path)) if (!members.has(list)) members.set(list, []);
    if (attributes.size === 0 && members.size === 0) return { name, value: this.#leaf(text, scope, path) };
    const all = new Map<string, XmlValue>([...attributes, ...members]);
    // Between elements, blanks are layout.
    if (members.size === 0 || text.trim() !== '') all.set(TEXT, text);
    return { name, value: objectOf(all) };
  }

  #content(
    children: readonly Parsed[],
    scope: Scope,
    path: readonly string[],
  ): { members: Map<string, XmlValue>; text: string } {
    const members = new Map<string, XmlValue>();
    const repeated = new Map<string, XmlValue[]>();
    let text = '';
    for (const child of children) {
      const plain = child[TEXT];
      if (typeof plain === 'string') {
        text += resolveReferences(plain);
        continue;
      }
      if (child[CDATA] !== undefined) {
        text += nodes(child[CDATA]).map(textOf).join('');
        continue;
      }
      const { name, value } = this.#element(child, scope, path);
      const list = repeated.get(name);
      if (list !== undefined) list.push(value);
      else if (members.has(name) || this.#lists.has([...path, name])) {
        const before = members.get(name);
        const begun = before === undefined ? [value] : [before, value];
        repeated.set(name, begun);
        members.set(name, begun);
      } else members.set(name, value);
    }
    return { members, text };
  }

  #leaf(text: string, scope: Scope, path: readonly string[]): string {
    if (!this.#qualifiedTexts.has(path)) return text;
    try {
      const { uri, local } = qualify(text.trim(), scope, 'element');
      return `{${uri}}${local}`;
    } catch {
      return text.trim();
    }
  }

  #attributesOf(node: Parsed, outer: Scope): { scope: Scope; attributes: Map<string, XmlValue>; nil: boolean } {
    const written = record(node[ATTRIBUTES]);
    const declared = new Map<string, string>();
    const plain: [string, string][] = [];
    for (const [name, raw] of Object.entries(written)) {
      // An attribute's own line breaks and tabs are blanks (XML 1.0, 3.3.3).
      const value = resolveReferences(String(raw).replace(/[\t\n]/g, ' '));
      if (name === 'xmlns') declared.set('', value);
      else if (name.startsWith('xmlns:')) declared.set(name.slice('xmlns:'.length), value);
      else plain.push([name, value]);
    }
    const scope = declared.size === 0 ? outer : new Scope(declared, outer);
    const attributes = new Map<string, XmlValue>();
    let nil = false;
    for (const [name, value] of plain) {
      const qualified = qualify(name, scope, 'attribute');
      if (isNil(qualified)) nil = value === 'true' || value === '1';
      else if (qualified.uri !== XSI && !name.startsWith('xml:'))
        attributes.set(this.#aliases.attribute(qualified), value);
      refuseMultiRef(qualified, value);
    }
    return { scope, attributes, nil };
  }
}

const isNil = ({ uri, local }: QualifiedName): boolean => uri === XSI && local === 'nil';

/** RPC/encoded messages put values elsewhere and point to them; following the pointers would let a document grow without bound. */
function refuseMultiRef({ uri, local }: QualifiedName, value: string): void {
  if (uri === '' && local === 'href' && value.startsWith('#')) {
    throw new XmlRefused(
      'multiref',
      'expected a document/literal message, got references to other elements (SOAP section 5 encoding): they are not followed. Ask for literal messages.',
    );
  }
}

function textOf(node: Parsed): string {
  const text = node[TEXT];
  return typeof text === 'string' ? text : '';
}

function elementName(node: Parsed): string | undefined {
  return Object.keys(node).find((key) => key !== ATTRIBUTES && key !== TEXT && key !== CDATA);
}

function objectOf(members: ReadonlyMap<string, XmlValue>): XmlObject {
  const object: Record<string, XmlValue> = Object.create(null) as Record<string, XmlValue>;
  for (const [name, value] of members) object[name] = value;
  return object;
}

function nodes(value: unknown): readonly Parsed[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function record(value: unknown): Parsed {
  return typeof value === 'object' && value !== null ? (value as Parsed) : {};
}
