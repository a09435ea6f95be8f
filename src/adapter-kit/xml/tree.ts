/**
 * From text to a plain tree for mappings. An element without children or attributes is its text; `xsi:nil` is null, an empty element
 * is '', an absent one is no member. Attributes are `@name`, text beside either is `#text`. Values are text and stay text: ids keep
 * their zeros. Objects have no prototype.
 */
import type { XmlLimits } from './limits.ts';
import { Aliases } from './aliases.ts';
import { PathSuffixes } from './path-suffixes.ts';
import { readXml, type XmlAttribute, type XmlEvents, type XmlTag } from './reader.ts';
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

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const TEXT = '#text';

/**
 * The document as `{ root: … }`. An element that occurs twice where no list is declared becomes a list: a mapping that expects
 * one value then says so. Throws XmlRefused.
 */
export function parseXml(text: string, shape: XmlShape, limits?: XmlLimits): XmlObject {
  const builder = new TreeBuilder(shape);
  readXml(text, builder, limits);
  return builder.document;
}

type Members = Record<string, XmlValue | XmlValue[]>;

/** An element that has not ended yet. */
interface Open {
  nil: boolean;
  /** Attributes and children; undefined as long as there are none. */
  members: Members | undefined;
  hasChildren: boolean;
  text: string;
}

class TreeBuilder implements XmlEvents {
  readonly document: XmlObject = withoutPrototype();
  readonly #aliases: Aliases;
  readonly #lists: PathSuffixes;
  readonly #qualifiedTexts: PathSuffixes;
  readonly #path: string[] = [];
  readonly #open: Open[] = [];

  constructor(shape: XmlShape) {
    this.#aliases = new Aliases(shape.namespaces, shape.names ?? 'qualified');
    this.#lists = new PathSuffixes(shape.lists ?? []);
    this.#qualifiedTexts = new PathSuffixes(shape.qualifiedTexts ?? []);
  }

  opened(tag: XmlTag): void {
    const open: Open = { nil: false, members: undefined, hasChildren: false, text: '' };
    for (const attribute of Object.values(tag.attributes)) {
      refuseMultiRef(attribute);
      if (isNil(attribute)) open.nil = true;
      if (isAboutTheDocument(attribute)) continue;
      open.members ??= withoutPrototype();
      open.members[this.#aliases.attribute(attribute)] = attribute.value;
    }
    this.#path.push(this.#aliases.element(tag));
    this.#open.push(open);
  }

  text(text: string): void {
    const open = this.#open.at(-1);
    if (open !== undefined) open.text += text;
  }

  closed(resolve: (prefix: string) => string | undefined): void {
    const open = this.#open.pop();
    const name = this.#path.at(-1);
    if (open === undefined || name === undefined) return;
    const value = this.#valueOf(open, resolve);
    const outer = this.#open.at(-1);
    if (outer === undefined) Object.assign(this.document, { [name]: value });
    else this.#add(outer, name, value);
    this.#path.pop();
  }

  #add(outer: Open, name: string, value: XmlValue): void {
    outer.members ??= withoutPrototype();
    outer.hasChildren = true;
    const before = outer.members[name];
    if (Array.isArray(before)) before.push(value);
    else if (before !== undefined) outer.members[name] = [before, value];
    else outer.members[name] = this.#lists.has(this.#path) ? [value] : value;
  }

  #valueOf(open: Open, resolve: (prefix: string) => string | undefined): XmlValue {
    if (open.nil && !open.hasChildren && open.text === '') return null;
    for (const list of this.#lists.below(this.#path)) {
      open.members ??= withoutPrototype();
      open.members[list] ??= [];
      open.hasChildren = true;
    }
    if (open.members === undefined)
      return this.#qualifiedTexts.has(this.#path) ? qualified(open.text.trim(), resolve) : open.text;
    // Between elements, blanks are layout.
    if (!open.hasChildren || open.text.trim() !== '') open.members[TEXT] = open.text;
    return open.members;
  }
}

const isNil = ({ uri, local, value }: XmlAttribute): boolean =>
  uri === XSI && local === 'nil' && (value === 'true' || value === '1');

/** Declarations of namespaces, types and languages say nothing that a mapping would ask for. */
const isAboutTheDocument = ({ uri }: XmlAttribute): boolean => uri === XMLNS || uri === XSI || uri === XML;

/** RPC/encoded messages put values elsewhere and point to them; following the pointers would let a document grow without bound. */
function refuseMultiRef({ uri, local, value }: XmlAttribute): void {
  if (uri === '' && local === 'href' && value.startsWith('#')) {
    throw new XmlRefused(
      'multiref',
      'expected a document/literal message, got references to other elements (SOAP section 5 encoding): they are not followed. Ask for literal messages.',
    );
  }
}

/** As it stands where its prefix means nothing. */
function qualified(text: string, resolve: (prefix: string) => string | undefined): string {
  const colon = text.indexOf(':');
  const uri = resolve(text.slice(0, Math.max(colon, 0))) ?? (colon < 0 ? '' : undefined);
  return uri === undefined ? text : `{${uri}}${text.slice(colon + 1)}`;
}

const withoutPrototype = (): Members => Object.create(null) as Members;
