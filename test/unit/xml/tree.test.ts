import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { encodeXml, parseXml, type XmlShape } from '#adapter-kit';
import { refusalOf } from './refusal-of.ts';

const NOTHING: XmlShape = { namespaces: {} };
const HUB: XmlShape = { namespaces: { h: ['urn:data', ''], t: 'urn:methods' }, lists: ['h:List/h:Item'] };

describe('values', () => {
  test('are text and stay text: zeros in front, blanks, numbers and booleans', () => {
    expect(parseXml('<r><a>007</a><b> x </b><c>1e3</c><d>true</d></r>', NOTHING)).toEqual({
      r: { a: '007', b: ' x ', c: '1e3', d: 'true' },
    });
  });

  test('nil, empty and absent are three things', () => {
    const { r } = parseXml(
      '<r xmlns:x="http://www.w3.org/2001/XMLSchema-instance"><a x:nil="true"/><b/><c></c><d x:nil="false"/></r>',
      NOTHING,
    );
    expect(r).toEqual({ a: null, b: '', c: '', d: '' });
    expect(Object.keys(r as object)).not.toContain('e');
  });

  test('an element that is said to be nil, and is not empty, is what it contains', () => {
    const of = (inside: string) =>
      parseXml(`<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="1">${inside}</a>`, NOTHING);
    expect(of('')).toEqual({ a: null });
    expect(of('1')).toEqual({ a: '1' });
    expect(of('<b/>')).toEqual({ a: { b: '' } });
  });

  test('line ends are one character, whatever wrote them', () => {
    expect(parseXml('<r a="1\r\n2"><b>1\r\n2\r3\n4</b><c><![CDATA[\r\n]]></c><d>&#13;</d></r>', NOTHING)).toEqual({
      r: { '@a': '1 2', b: '1\n2\n3\n4', c: '\n', d: '\r' },
    });
  });

  test('a text is one, however long it is, and wherever a part of the reading ends', () => {
    for (const length of [65_530, 65_533, 65_535, 131_071]) {
      const text = `${'x'.repeat(length)}😀${'y'.repeat(length)}`;
      expect(parseXml(`<r>${text}</r>`, NOTHING)).toEqual({ r: text });
    }
  });

  test('nil counts in its own namespace only', () => {
    expect(parseXml('<r><a nil="true"/></r>', NOTHING)).toEqual({ r: { a: { '@nil': 'true', '#text': '' } } });
  });

  test('references, CDATA and text between comments are one text', () => {
    expect(parseXml('<r>a&amp;b&#x43;<![CDATA[<&>]]><!-- no -->&lt;<?no?>é</r>', NOTHING)).toEqual({ r: 'a&bC<&><é' });
  });

  test('what CDATA contains is not looked at again', () => {
    expect(parseXml('<r><![CDATA[&#65;&x;]]></r>', NOTHING)).toEqual({ r: '&#65;&x;' });
  });

  test('attributes are beside children, and text beside either', () => {
    expect(parseXml('<r id="1" xml:lang="de"><a nr="17">Müller</a> <b/> </r>', NOTHING)).toEqual({
      r: { '@id': '1', a: { '@nr': '17', '#text': 'Müller' }, b: '' },
    });
    expect(parseXml('<r>one<a/>two</r>', NOTHING)).toEqual({ r: { a: '', '#text': 'onetwo' } });
  });

  test('instructions with an apostrophe and comments with tags change nothing', () => {
    expect(parseXml('<?xml version="1.0"?><?x it\'s?><!-- <a> --><r>1<?y "?></r>', NOTHING)).toEqual({ r: '1' });
  });
});

describe('names', () => {
  test('are those of the profile, whatever the prefixes', () => {
    const same = { 'h:a': { 'h:b': '1' } };
    expect(parseXml('<a xmlns="urn:data"><b>1</b></a>', HUB)).toEqual(same);
    expect(parseXml('<x:a xmlns:x="urn:data"><x:b>1</x:b></x:a>', HUB)).toEqual(same);
    expect(parseXml('<d:a xmlns:d="urn:data"><b xmlns="urn:data">1</b></d:a>', HUB)).toEqual(same);
    expect(parseXml('<a><b xmlns="">1</b></a>', HUB)).toEqual(same);
  });

  test('of two namespaces are two names, also under one prefix', () => {
    const text = '<p:a xmlns:p="urn:data"><p:a xmlns:p="urn:methods">1</p:a></p:a>';
    expect(parseXml(text, HUB)).toEqual({ 'h:a': { 't:a': '1' } });
  });

  test('of a namespace without an alias show it', () => {
    expect(parseXml('<a xmlns="urn:other"/>', HUB)).toEqual({ '{urn:other}a': '' });
  });

  test('of attributes have a namespace only with a prefix', () => {
    expect(parseXml('<a xmlns="urn:data" xmlns:p="urn:methods" b="1" p:b="2"/>', HUB)).toEqual({
      'h:a': { '@b': '1', '@t:b': '2', '#text': '' },
    });
  });

  test('are local ones where the profile says so', () => {
    expect(
      parseXml('<p:a xmlns:p="urn:data"><b xmlns="urn:x">1</b></p:a>', { namespaces: {}, names: 'local' }),
    ).toEqual({ a: { b: '1' } });
  });

  test('in a text are resolved by the scope of their element', () => {
    const shape: XmlShape = { namespaces: {}, names: 'local', qualifiedTexts: ['f/code'] };
    expect(parseXml('<f xmlns:a="urn:1"><code xmlns:a="urn:2">a:X</code></f>', shape)).toEqual({
      f: { code: '{urn:2}X' },
    });
    expect(parseXml('<f><code>nobody:X</code></f>', shape)).toEqual({ f: { code: 'nobody:X' } });
    expect(parseXml('<f xmlns="urn:0"><code> X </code></f>', shape)).toEqual({ f: { code: '{urn:0}X' } });
    expect(parseXml('<f><code>X</code></f>', shape)).toEqual({ f: { code: '{}X' } });
  });
});

describe('lists', () => {
  const of = (inside: string) => parseXml(`<r xmlns="urn:data">${inside}</r>`, HUB);

  test('of two, of one and of none are lists', () => {
    expect(of('<List><Item>1</Item><Item>2</Item></List>')).toEqual({ 'h:r': { 'h:List': { 'h:Item': ['1', '2'] } } });
    expect(of('<List><Item>1</Item></List>')).toEqual({ 'h:r': { 'h:List': { 'h:Item': ['1'] } } });
    expect(of('<List/>')).toEqual({ 'h:r': { 'h:List': { 'h:Item': [] } } });
  });

  test('are left out where their parent is, or is nil', () => {
    expect(of('')).toEqual({ 'h:r': '' });
    expect(of('<List xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="1"/>')).toEqual({
      'h:r': { 'h:List': null },
    });
  });

  test('stand where the path says, not elsewhere', () => {
    expect(of('<Other><Item>1</Item></Other>')).toEqual({ 'h:r': { 'h:Other': { 'h:Item': '1' } } });
  });

  test('come of repetition, too, so that whoever expects one value notices', () => {
    expect(of('<Code>1</Code><x/><Code>17</Code>')).toEqual({ 'h:r': { 'h:Code': ['1', '17'], 'h:x': '' } });
  });
});

test('references to other elements are refused, not followed', () => {
  expect(refusalOf(() => parseXml('<r><a href="#id0"/><multiRef id="id0">1</multiRef></r>', NOTHING))).toBe('multiref');
  expect(refusalOf(() => parseXml('<r><a href="https://his/x"/></r>', NOTHING))).toBe('taken');
  expect(refusalOf(() => parseXml('<r xmlns:p="urn:p"><a p:href="#id0"/></r>', NOTHING))).toBe('taken');
});

describe('encoding', () => {
  test('escapes by context', () => {
    expect(encodeXml(`<a b="c" d='e'>&\t\n\r`, 'text')).toBe(`&lt;a b="c" d='e'&gt;&amp;\t\n&#13;`);
    expect(encodeXml(`<a b="c" d='e'>&\t\n\r`, 'attribute')).toBe(
      '&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;&#9;&#10;&#13;',
    );
  });

  test.each(['\u0000', '\u0001', '\u000B', '\u001F', '\uFFFE', '\uD800'])(
    'refuses what XML 1.0 cannot carry: %j',
    (character) => {
      expect(refusalOf(() => encodeXml(`a${character}b`, 'text'))).toBe('character');
      expect(refusalOf(() => encodeXml(`a${character}b`, 'attribute'))).toBe('character');
    },
  );

  test('any text comes back as it was, from an element and from an attribute', () => {
    const texts = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => refusalOf(() => encodeXml(text, 'text')) === 'taken');
    fc.assert(
      fc.property(texts, (text) => {
        const document = parseXml(`<r a="${encodeXml(text, 'attribute')}">${encodeXml(text, 'text')}</r>`, NOTHING);
        expect(document).toEqual({ r: { '@a': text, '#text': text } });
      }),
      { numRuns: 500 },
    );
  });
});

/** Some as CDATA. */
const asText = (text: string): string =>
  text.includes(']') ? `<![CDATA[${text.replaceAll(']', '')}]]>` : encodeXml(text, 'text');

describe('another parser', () => {
  const other = new XMLParser({
    removeNSPrefix: true,
    ignoreAttributes: true,
    ignoreDeclaration: true,
    parseTagValue: false,
    trimValues: false,
  });
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '号', ' ', '&', '<', '"', "'", ']', '😀') });
  const { element } = fc.letrec<{ element: string }>((tie) => ({
    element: fc
      .tuple(
        fc.constantFrom('a', 'b', 'p:c'),
        fc.oneof(
          { maxDepth: 4 },
          text.map(asText),
          fc.array(tie('element'), { maxLength: 4 }).map((all) => all.join('')),
        ),
      )
      .map(([name, content]) => `<${name}>${content}</${name}>`),
  }));

  test('reads the same elements and texts', () => {
    fc.assert(
      fc.property(element, (content) => {
        const document = `<?xml version="1.0"?><r xmlns:p="urn:p">${content}<end/></r>`;
        expect(plain(parseXml(document, { namespaces: {}, names: 'local' }))).toEqual(plain(other.parse(document)));
      }),
      { numRuns: 1000 },
    );
  });
});

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
