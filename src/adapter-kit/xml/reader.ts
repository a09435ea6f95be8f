/**
 * Reads a document once, from left to right, and tells what it contains. Refuses what is not well-formed, and what could hurt: a
 * DOCTYPE (so that no entity is ever declared), depth and floods, each where it begins.
 */
import { SaxesParser, type SaxesAttributeNS, type SaxesTagNS } from 'saxes';
import { XML_LIMITS, type XmlLimits } from './limits.ts';
import { doctypeRefused, hasDoctypeAtBegin, isParserError, refusalOf } from './parser-refusals.ts';
import { XmlRefused } from './xml-refused.ts';

export type XmlTag = SaxesTagNS;
export type XmlAttribute = SaxesAttributeNS;

/** What stands in the document, in order. References are resolved, names have their namespaces, CDATA is text. */
export interface XmlEvents {
  opened(tag: XmlTag): void;
  text(text: string): void;
  /** `resolve`: the namespace of a prefix ('' is the default one) inside the element that ends. */
  closed(resolve: (prefix: string) => string | undefined): void;
}

/** Names that mean something to JavaScript: no vendor needs them, and some code behind us might set them. */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** Its encoding has been heeded when bytes became text (decode.ts); hospitals write the rest of it in ways that are wrong and harmless. */
const DECLARATION = /^\s*(?:<\?xml[ \t\r\n][^]*?\?>)?/i;
/** In characters: between two of them the clock is looked at. */
const CHUNK = 65_536;
/** In characters. The parser writes it out for each attribute that has it. */
const NAMESPACE_MAX = 1_000;

/** Throws XmlRefused. */
export function readXml(text: string, events: XmlEvents, limits: XmlLimits = XML_LIMITS): void {
  if (text.length > limits.bytes)
    throw new XmlRefused('too-large', `expected at most ${limits.bytes} characters of XML, got ${text.length}`);
  refuseReferencesAbove(limits.references, text);
  // Half of a pair would swallow the character behind it.
  if (!text.isWellFormed()) throw new XmlRefused('malformed', 'expected well-formed XML, got half of a surrogate pair');
  if (hasDoctypeAtBegin(text)) throw doctypeRefused();
  const document = text
    .trimEnd()
    .replace(DECLARATION, (declaration) => ' '.repeat(declaration.length))
    // XML 1.0, 2.11. The parser does so one by one, and keeps as many pieces.
    .replaceAll(/\r\n?/g, '\n');
  const parser = new SaxesParser({ xmlns: true, position: false });
  const guard = new Guard(limits);
  const resolve = (prefix: string): string | undefined => parser.resolve(prefix);
  // Six handlers, not seven: with as many members, V8 makes a table of the parser, and it is four times as slow.
  parser.on('doctype', () => {
    throw doctypeRefused();
  });
  parser.on('attribute', (attribute) => guard.attribute(attribute));
  parser.on('opentag', (tag) => {
    guard.opened(tag, parser.position);
    events.opened(tag);
  });
  parser.on('closetag', () => {
    guard.closed();
    events.closed(resolve);
  });
  parser.on('text', (value) => events.text(value));
  parser.on('cdata', (value) => events.text(value));
  try {
    for (let at = 0; at < document.length; at += CHUNK) {
      guard.checkTime();
      parser.write(document.slice(at, at + CHUNK));
    }
    parser.close();
  } catch (error) {
    throw isParserError(error) ? refusalOf(error.message, document, parser.position) : error;
  }
}

class Guard {
  readonly #limits: XmlLimits;
  readonly #until: number;
  #elements = 0;
  #depth = 0;
  #attributes = 0;

  constructor(limits: XmlLimits) {
    this.#limits = limits;
    this.#until = performance.now() + limits.timeMs;
  }

  opened(tag: XmlTag, position: number): void {
    const { depth, elementsPerMegabyte } = this.#limits;
    this.#elements += 1;
    this.#depth += 1;
    this.#attributes = 0;
    // By the place: a flood is noticed where it begins, not when it has filled a large document's share.
    const elementsMax = elementsPerMegabyte * Math.ceil(position / 1_000_000);
    if (this.#elements > elementsMax)
      throw new XmlRefused('too-many-elements', `expected at most ${elementsMax} elements up to there`);
    if (this.#depth > depth) throw new XmlRefused('too-deep', `expected at most ${depth} elements inside each other`);
    refuseName(tag);
    for (const attribute of Object.values(tag.attributes)) refuseName(attribute);
  }

  /** Of a tag that has not been read to its end. */
  attribute({ prefix, name, value }: { readonly prefix: string; readonly name: string; readonly value: string }): void {
    const { attributes } = this.#limits;
    this.#attributes += 1;
    if (this.#attributes > attributes)
      throw new XmlRefused('too-many-attributes', `expected at most ${attributes} attributes of one element`);
    if ((prefix === 'xmlns' || name === 'xmlns') && value.length > NAMESPACE_MAX)
      throw new XmlRefused('namespace', `expected names of namespaces of at most ${NAMESPACE_MAX} characters`);
  }

  checkTime(): void {
    if (performance.now() > this.#until)
      throw new XmlRefused('time', `expected a document that is read within ${this.#limits.timeMs} ms`);
  }

  closed(): void {
    this.#depth -= 1;
  }
}

/** Before anything is read. Ampersands inside CDATA are none, but a document with that many of them is a flood as well. */
function refuseReferencesAbove(max: number, text: string): void {
  let count = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    count += 1;
    if (count > max)
      throw new XmlRefused('too-many-references', `expected at most ${max} character references in one document`);
  }
}

/** What their prefixes are was looked at where those were declared. */
function refuseName({ local }: XmlTag | XmlAttribute): void {
  if (FORBIDDEN.has(local))
    throw new XmlRefused('name', 'expected no element or attribute that is called __proto__, constructor or prototype');
}
