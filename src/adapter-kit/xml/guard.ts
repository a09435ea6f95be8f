/**
 * Reads a document once, from left to right, before any parser sees it: refuses what could hurt (DOCTYPE, depth, floods) and what
 * is not well-formed, and leaves out comments and processing instructions. On what is left, no two parsers disagree.
 */
import { illegalCharacter } from './characters.ts';
import { XML_LIMITS, type XmlLimits } from './limits.ts';
import { REFERENCE, characterOf } from './references.ts';
import { XmlRefused } from './xml-refused.ts';

const NAME = /[\p{L}_][\p{L}\p{N}\p{M}._·-]{0,255}(?::[\p{L}_][\p{L}\p{N}\p{M}._·-]{0,255})?/uy;
const BLANKS = /[ \t\n\r]*/y;
/** Names that mean something to JavaScript: no vendor needs them, and some code behind us might set them. */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const LOOKS_AT_CLOCK_EVERY = 512;

/** The document without comments and processing instructions. Throws XmlRefused. */
export function guardXml(text: string, limits: XmlLimits = XML_LIMITS): string {
  if (text.length > limits.bytes) {
    throw new XmlRefused('too-large', `expected at most ${limits.bytes} characters of XML, got ${text.length}`);
  }
  const illegal = illegalCharacter(text);
  if (illegal !== undefined) throw malformed(`no control characters, got ${illegal}`);
  return new Guard(text, limits).read();
}

class Guard {
  readonly #text: string;
  readonly #limits: XmlLimits;
  readonly #until: number;
  readonly #open: string[] = [];
  readonly #kept: string[] = [];
  #at = 0;
  #elements = 0;
  #references = 0;

  constructor(text: string, limits: XmlLimits) {
    this.#text = text;
    this.#limits = limits;
    this.#until = performance.now() + limits.timeMs;
  }

  read(): string {
    while (this.#at < this.#text.length) {
      const next = this.#text.indexOf('<', this.#at);
      this.#content(this.#at, next < 0 ? this.#text.length : next);
      if (next < 0) break;
      this.#markup(next);
    }
    if (this.#open.length > 0) throw malformed('an end of every element: the document is cut off');
    if (this.#elements === 0) throw malformed('one element');
    return this.#kept.join('');
  }

  #markup(at: number): void {
    const text = this.#text;
    if (text.startsWith('<!--', at)) return this.#skip(at + 4, '-->', 'comment');
    if (text.startsWith('<?', at)) {
      if (/^<\?xml[ \t\n\r]/i.test(text.slice(at, at + 6)) && text.slice(0, at).trim() !== '')
        throw malformed('the XML declaration at the beginning only');
      return this.#skip(at + 2, '?>', 'processing instruction');
    }
    if (text.startsWith('<![CDATA[', at)) return this.#cdata(at);
    if (text.startsWith('<!', at))
      throw new XmlRefused(
        'doctype',
        'expected a document without DOCTYPE: entities and external parts are never read',
      );
    return text[at + 1] === '/' ? this.#closing(at) : this.#opening(at);
  }

  #content(from: number, to: number): void {
    this.#keep(from, to);
    if (this.#open.length === 0) {
      if (this.#text.slice(from, to).trim() !== '') throw malformed('nothing but blanks outside of the one element');
      return;
    }
    this.#checkReferences(from, to);
  }

  #cdata(at: number): void {
    if (this.#open.length === 0) throw malformed('nothing but blanks outside of the one element');
    const end = this.#text.indexOf(']]>', at);
    if (end < 0) throw malformed('an end of every CDATA section: the document is cut off');
    this.#keep(at, end + 3);
  }

  #opening(at: number): void {
    if (this.#open.length === 0 && this.#elements > 0) throw malformed('one root element');
    this.#elements += 1;
    // By the place: a flood is noticed where it begins, not when it has filled a large document's share.
    const elementsMax = this.#limits.elementsPerMegabyte * Math.ceil((at + 1) / 1_000_000);
    if (this.#elements > elementsMax)
      throw new XmlRefused('too-many-elements', `expected at most ${elementsMax} elements up to there`);
    if (this.#elements % LOOKS_AT_CLOCK_EVERY === 0) this.#checkTime();
    this.#at = at + 1;
    const name = this.#name();
    const seen = new Set<string>();
    for (;;) {
      const blanks = this.#match(BLANKS);
      const sign = this.#text[this.#at];
      if (sign === '>') {
        this.#at += 1;
        this.#open.push(name);
        if (this.#open.length > this.#limits.depth)
          throw new XmlRefused('too-deep', `expected at most ${this.#limits.depth} elements inside each other`);
        break;
      }
      if (sign === '/' && this.#text[this.#at + 1] === '>') {
        this.#at += 2;
        break;
      }
      if (blanks === '') throw malformed('a blank before each attribute');
      seen.add(this.#attribute(seen));
    }
    this.#kept.push(this.#text.slice(at, this.#at));
  }

  #attribute(seen: ReadonlySet<string>): string {
    if (seen.size >= this.#limits.attributes)
      throw new XmlRefused(
        'too-many-attributes',
        `expected at most ${this.#limits.attributes} attributes of one element`,
      );
    const name = this.#name();
    if (seen.has(name)) throw malformed('each attribute once');
    this.#match(BLANKS);
    if (this.#text[this.#at] !== '=') throw malformed('a value of each attribute');
    this.#at += 1;
    this.#match(BLANKS);
    const quote = this.#text[this.#at];
    const end = quote === '"' || quote === "'" ? this.#text.indexOf(quote, this.#at + 1) : -1;
    if (end < 0) throw malformed('quotes around each attribute');
    const less = this.#text.slice(this.#at, end).includes('<');
    if (less) throw malformed('no "<" inside an attribute');
    this.#checkReferences(this.#at, end);
    this.#at = end + 1;
    return name;
  }

  #closing(at: number): void {
    this.#at = at + 2;
    const name = this.#name();
    this.#match(BLANKS);
    if (this.#text[this.#at] !== '>') throw malformed('">" behind the name of an end tag');
    this.#at += 1;
    if (this.#open.pop() !== name) throw malformed('each element to end where it began');
    this.#kept.push(this.#text.slice(at, this.#at));
  }

  #name(): string {
    const name = this.#match(NAME);
    if (name === '') throw malformed('a name of an element or attribute');
    if (name.split(':').some((part) => FORBIDDEN.has(part)))
      throw new XmlRefused(
        'name',
        'expected no element or attribute that is called __proto__, constructor or prototype',
      );
    return name;
  }

  #checkReferences(from: number, to: number): void {
    // Of the whole text, a search for a sign that is nowhere would go to its end, for each element anew.
    const content = this.#text.slice(from, to);
    for (let at = content.indexOf('&'); at >= 0; at = content.indexOf('&', at + 1)) {
      this.#references += 1;
      if (this.#references > this.#limits.references)
        throw new XmlRefused(
          'too-many-references',
          `expected at most ${this.#limits.references} character references in one document`,
        );
      REFERENCE.lastIndex = at;
      const found = REFERENCE.exec(content);
      if (found === null || characterOf(found[1], found[2], found[3]) === undefined) {
        throw new XmlRefused(
          'reference',
          'expected &amp; &lt; &gt; &quot; &apos; or the number of a character that XML 1.0 has',
        );
      }
    }
  }

  #skip(from: number, end: string, what: string): void {
    const found = this.#text.indexOf(end, from);
    if (found < 0) throw malformed(`an end of every ${what}: the document is cut off`);
    this.#at = found + end.length;
  }

  #keep(from: number, to: number): void {
    this.#kept.push(this.#text.slice(from, to));
    this.#at = to;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #checkTime(): void {
    if (performance.now() > this.#until)
      throw new XmlRefused('time', `expected a document that is read within ${this.#limits.timeMs} ms`);
  }
}

const malformed = (expected: string): XmlRefused =>
  new XmlRefused('malformed', `expected well-formed XML with ${expected}`);
