/**
 * Request templates: `{{slot.externalId}}` is a named value, escaped for the place where it stands; `{{x?}}` may be missing, and is
 * then empty; `{{x|lower}}` is written in lower case. A value can be nothing but text there: never an element, never an attribute.
 */
import { AdapterError, encodeXml, type XmlContext } from '#adapter-kit';

export type Values = Readonly<Record<string, unknown>>;

export interface Template {
  /** Throws AdapterError misconfigured for a missing value, XmlRefused for one that XML cannot carry. */
  render(values: Values): string;
  /** With every value the same: to see whether the template is a document at all. */
  sample(value: string): string;
}

interface Hole {
  readonly path: readonly string[];
  readonly optional: boolean;
  readonly lower: boolean;
  readonly encode: (value: string) => string;
}

const HOLE = /\{\{\s*([A-Za-z][\w.]*)(\?)?(\|lower)?\s*\}\}/g;

/** Throws a plain Error that says what is wrong with it. */
export function compileTemplate(text: string): Template {
  return compile(text, (before) => {
    const context = contextAfter(before);
    return (value) => encodeXml(value, context);
  });
}

/** Of a URL's path and query. */
export function compileUrlTemplate(text: string): Template {
  return compile(text, () => encodeURIComponent);
}

function compile(text: string, encoderAfter: (before: string) => (value: string) => string): Template {
  const pieces: (string | Hole)[] = [];
  let end = 0;
  for (const match of text.matchAll(HOLE)) {
    const [whole, path = '', optional, lower] = match;
    pieces.push(text.slice(end, match.index), {
      path: path.split('.'),
      optional: optional !== undefined,
      lower: lower !== undefined,
      encode: encoderAfter(text.slice(0, match.index)),
    });
    end = match.index + whole.length;
  }
  pieces.push(text.slice(end));
  const stray = pieces.find((piece) => typeof piece === 'string' && /\{\{|\}\}/.test(piece));
  if (stray !== undefined) throw new Error('expected {{name}}, {{name?}} or {{name|lower}} between double braces');
  return {
    render: (values) => pieces.map((piece) => (typeof piece === 'string' ? piece : fill(piece, values))).join(''),
    sample: (value) => pieces.map((piece) => (typeof piece === 'string' ? piece : piece.encode(value))).join(''),
  };
}

/** Where a value stands that follows `before`: in text, or between the quotes of an attribute. Nothing else is allowed. */
function contextAfter(before: string): XmlContext {
  const plain = before.replace(HOLE, '');
  const tag = plain.slice(plain.lastIndexOf('<'));
  if (!plain.includes('<') || /^<[^"'>]*(?:(?:"[^"]*"|'[^']*')[^"'>]*)*>/.test(tag)) return 'text';
  if (/^<(?:!--|!\[CDATA\[|\?)/.test(tag))
    throw new Error('a value stands in a comment, in CDATA or in an instruction: put it in an element');
  const quotes = tag.replace(/"[^"]*"|'[^']*'/g, '');
  if (/["']/.test(quotes)) return 'attribute';
  throw new Error('a value stands inside a tag, outside of quotes: only texts and attributes can hold one');
}

function fill({ path, optional, lower, encode }: Hole, values: Values): string {
  const found = path.reduce<unknown>((value, name) => memberOf(value, name), values);
  if (found === undefined || found === null) {
    if (optional) return '';
    throw new AdapterError(
      'misconfigured',
      'value-missing',
      `the request needs {{${path.join('.')}}}, and there is none: add it to the connection's settings, or write {{${path.join('.')}?}} in the profile`,
    );
  }
  if (typeof found !== 'string' && typeof found !== 'number' && typeof found !== 'boolean') {
    throw new AdapterError('misconfigured', 'value-misfit', `{{${path.join('.')}}} must be a text or a number`);
  }
  return encode(lower ? String(found).toLowerCase() : String(found));
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Values)[name];
}
