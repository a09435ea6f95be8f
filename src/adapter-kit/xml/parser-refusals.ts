/** What the parser objects to, in our own words: with a place, and nothing of the document. */
import { XmlRefused } from './xml-refused.ts';

/** The parser throws plain errors; a TypeError, say, would be a defect of ours. */
export const isParserError = (error: unknown): error is Error =>
  error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;

/** `position`: where the parser has come to in `text`, in characters, a line's end being one. */
export function refusalOf(message: string, text: string, position: number): XmlRefused {
  // Behind a colon stands something of the document.
  const problem = message.replace(/:.*/s, '').replace(/\.$/, '');
  // "Incorrect syntax" is what it says of <!ELEMENT, <![IGNORE[ and <!doctype.
  if (problem.includes('doctype') || problem === 'incorrect syntax') return doctypeRefused();
  if (problem === 'unbound namespace prefix')
    return new XmlRefused('namespace', 'expected a declaration of every namespace prefix that is used');
  const bare = bareAmpersand(text.slice(0, position));
  if (bare >= 0) return referenceRefused(bare);
  if (problem.includes('entity')) return referenceRefused(text.lastIndexOf('&', position));
  return new XmlRefused('malformed', `expected well-formed XML, got at character ${position}: ${problem}`);
}

const referenceRefused = (at: number): XmlRefused =>
  new XmlRefused(
    'reference',
    `expected &amp; &lt; &gt; &quot; &apos; or the number of a character that XML 1.0 has, got another "&" at character ${at + 1}`,
  );

const HIDDEN = /<!\[CDATA\[[^]*?(?:\]\]>|$)|<!--[^]*?(?:-->|$)|<\?[^]*?(?:\?>|$)/g;

/** The parser takes a name of a firm ("R & D") for a reference that does not end, and complains elsewhere. -1 when there is none. */
const bareAmpersand = (text: string): number =>
  text.replace(HIDDEN, (hidden) => ' '.repeat(hidden.length)).search(/&(?!#?\w+;)/);

/** What may stand in front of a DOCTYPE: how it begins, and how it ends. */
const BEFORE_IT = [
  ['<!--', '-->'],
  ['<?', '?>'],
] as const;

/** In front of the element, where it may be long: the parser would read it to its end. */
export function hasDoctypeAtBegin(text: string): boolean {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const passed = BEFORE_IT.find(([begin]) => text.startsWith(begin, at));
    if (passed === undefined) return /^<!doctype/i.test(text.slice(at, at + '<!doctype'.length));
    const [begin, end] = passed;
    at = text.indexOf(end, at + begin.length);
    if (at < 0) return false;
  }
  return false;
}

export const doctypeRefused = (): XmlRefused =>
  new XmlRefused('doctype', 'expected a document without DOCTYPE: entities and external parts are never read');
