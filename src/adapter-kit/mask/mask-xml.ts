import { parseXml } from '../xml/tree.ts';
import { XmlRefused } from '../xml/xml-refused.ts';
import { maskText } from './mask-text.ts';

/** A comment, a CDATA section, an instruction or a tag; everything between two of them is text. */
const MARKUP = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[?!/]?(?:[^<>"']|"[^"]*"|'[^']*')*>/g;
const ATTRIBUTE = /([\w:.-]+)(\s*=\s*)("[^"]*"|'[^']*')/g;

/** Names of elements and attributes stay, and namespaces; texts and values do not. Undefined when it is no XML. */
export function maskXml(text: string): string | undefined {
  // Of what is not well-formed nobody can say what is a name and what a text.
  if (!/^\uFEFF?\s*</.test(text) || !isWellFormed(text)) return undefined;
  let shown = '';
  let end = 0;
  for (const found of text.matchAll(MARKUP)) {
    shown += maskText(text.slice(end, found.index)) + maskMarkup(found[0]);
    end = found.index + found[0].length;
  }
  return shown + maskText(text.slice(end));
}

function isWellFormed(text: string): boolean {
  try {
    parseXml(text, { namespaces: {}, names: 'local', lists: [] });
    return true;
  } catch (error) {
    if (error instanceof XmlRefused) return false;
    throw error;
  }
}

function maskMarkup(markup: string): string {
  if (markup.startsWith('<!--')) return `<!--${maskText(markup.slice(4, -3))}-->`;
  if (markup.startsWith('<![CDATA[')) return `<![CDATA[${maskText(markup.slice(9, -3))}]]>`;
  if (markup.startsWith('<!')) return `<!${maskText(markup.slice(2, -1))}>`;
  // What is a tag has a name; a text with a stray < has not, or says more than names and values.
  const [, open = '', name = '', rest = '', close = ''] =
    /^(<[?/]?)([\w:.-]+)((?:\s[^]*?)?)([?/]?>)$/.exec(markup) ?? [];
  if (open === '') return maskText(markup);
  let end = 0;
  let shown = '';
  for (const found of rest.matchAll(ATTRIBUTE)) {
    const [whole, attribute = '', equals = '', value = ''] = found;
    const isNamespace = attribute === 'xmlns' || attribute.startsWith('xmlns:');
    shown += maskText(rest.slice(end, found.index)) + attribute + equals + (isNamespace ? value : maskText(value));
    end = found.index + whole.length;
  }
  return open + name + shown + maskText(rest.slice(end)) + close;
}
