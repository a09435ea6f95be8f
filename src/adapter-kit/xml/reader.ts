/**
 * Reads a document once, from left to right, and tells what it contains. Refuses what is not well-formed, and what could hurt: a
 * DOCTYPE (so that no entity is ever declared), depth and floods, each where it begins.
 */
import { SaxesParser, type SaxesAttributeNS, type SaxesTagNS } from 'saxes';
import { XML_LIMITS, type XmlLimits } from './limits.ts';
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
const DECLARATION = /^\s*<\?xml[ \t\r\n][^]*?\?>/i;
const LOOKS_AT_CLOCK_EVERY = 512;

/** Throws XmlRefused. */
export function readXml(text: string, events: XmlEvents, limits: XmlLimits = XML_LIMITS): void {
  if (text.length > limits.bytes)
    throw new XmlRefused('too-large', `expected at most ${limits.bytes} characters of XML, got ${text.length}`);
  refuseReferencesAbove(limits.references, text);
  const document = text.replace(DECLARATION, (declaration) => ' '.repeat(declaration.length));
  // XML 1.1 would allow control characters, and a document that says so need not mean it.
  const parser = new SaxesParser({ xmlns: true, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true });
  const guard = new Guard(limits);
  const resolve = (prefix: string): string | undefined => parser.resolve(prefix);
  // Six handlers, not seven: with as many members, V8 makes a table of the parser, and it is four times as slow.
  parser.on('doctype', () => {
    throw doctypeRefused();
  });
  parser.on('attribute', () => guard.attribute());
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
    parser.write(document).close();
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
    const { depth, elementsPerMegabyte, timeMs } = this.#limits;
    this.#elements += 1;
    this.#depth += 1;
    this.#attributes = 0;
    // By the place: a flood is noticed where it begins, not when it has filled a large document's share.
    const elementsMax = elementsPerMegabyte * Math.ceil(position / 1_000_000);
    if (this.#elements > elementsMax)
      throw new XmlRefused('too-many-elements', `expected at most ${elementsMax} elements up to there`);
    if (this.#depth > depth) throw new XmlRefused('too-deep', `expected at most ${depth} elements inside each other`);
    if (this.#elements % LOOKS_AT_CLOCK_EVERY === 0 && performance.now() > this.#until)
      throw new XmlRefused('time', `expected a document that is read within ${timeMs} ms`);
    refuseName(tag);
    for (const attribute of Object.values(tag.attributes)) refuseName(attribute);
  }

  attribute(): void {
    const { attributes } = this.#limits;
    this.#attributes += 1;
    if (this.#attributes > attributes)
      throw new XmlRefused('too-many-attributes', `expected at most ${attributes} attributes of one element`);
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

function refuseName({ prefix, local }: XmlTag | XmlAttribute): void {
  if (FORBIDDEN.has(prefix) || FORBIDDEN.has(local))
    throw new XmlRefused('name', 'expected no element or attribute that is called __proto__, constructor or prototype');
}

/** The parser throws plain errors; a TypeError, say, would be a defect of ours. */
const isParserError = (error: unknown): error is Error =>
  error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;

/** The parser's words up to the colon: behind it stands something of the document. */
function refusalOf(message: string, text: string, position: number): XmlRefused {
  const [problem = ''] = message.split(/[:.]/);
  if (problem.includes('doctype')) return doctypeRefused();
  if (problem === 'unbound namespace prefix')
    return new XmlRefused('namespace', 'expected a declaration of every namespace prefix that is used');
  const bare = bareAmpersand(text.slice(0, position));
  if (bare >= 0 || problem.includes('entity'))
    return new XmlRefused(
      'reference',
      `expected &amp; &lt; &gt; &quot; &apos; or the number of a character that XML 1.0 has, got another "&" at character ${(bare < 0 ? text.lastIndexOf('&', position) : bare) + 1}`,
    );
  return new XmlRefused('malformed', `expected well-formed XML, got at character ${position}: ${problem}`);
}

/** The parser takes a name of a firm ("R & D") for a reference that does not end, and complains elsewhere. -1 when there is none. */
function bareAmpersand(text: string): number {
  const shown = text.replace(/<!\[CDATA\[[^]*?(?:\]\]>|$)|<!--[^]*?(?:-->|$)/g, (hidden) => ' '.repeat(hidden.length));
  return shown.search(/&(?!#?\w+;)/);
}

const doctypeRefused = (): XmlRefused =>
  new XmlRefused('doctype', 'expected a document without DOCTYPE: entities and external parts are never read');
