import { describe, expect, test } from '@jest/globals';
import { XML_LIMITS, decodeXml, parseXml } from '#adapter-kit';
import { ATTACKS, attack } from '../../../adapters/xml-his/simulator/attacks.ts';
import { costOf, refusalOf } from './refusal-of.ts';

const parse = (text: string) => parseXml(text, { namespaces: {} });
const REFUSED_WITHIN_MS = 100;

/** What an attack is refused for. */
const REASONS: Readonly<Record<(typeof ATTACKS)[number], string>> = {
  xxe: 'doctype',
  'billion-laughs': 'doctype',
  quadratic: 'doctype',
  references: 'too-many-references',
  deep: 'too-deep',
  attributes: 'too-many-attributes',
  elements: 'too-many-elements',
  proto: 'name',
};

describe('an attack is refused at once, and costs no memory', () => {
  test.each(ATTACKS)('%s', (form) => {
    const text = attack(form);
    expect(refusalOf(() => parse(text))).toBe(REASONS[form]);
    const { ms, bytes } = costOf(() => refusalOf(() => parse(text)));
    expect(ms).toBeLessThan(REFUSED_WITHIN_MS);
    expect(bytes).toBeLessThan(50_000_000);
  });

  test.each([
    ['in UTF-16', Buffer.from('\uFEFF<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', 'utf16le')],
    ['in lower case', Buffer.from('<!doctype r [<!ENTITY x "y">]><r>&x;</r>')],
    ['cut off', Buffer.from('<!DOCTYPE r [<!ENTITY x "y">')],
    ['behind a comment', Buffer.from('<!-- --><!DOCTYPE r><r/>')],
    ['behind comments and instructions', Buffer.from('<!-- <r> --><?x <r>?>\n<!-- --><!DOCTYPE r><r/>')],
    ['behind a comment that begins with what would end one', Buffer.from('<!--> <r> --><!DOCTYPE r><r/>')],
    ['of which only a part is there', Buffer.from('<r><!ENTITY x "y"></r>')],
    ['inside the element', Buffer.from('<r><!DOCTYPE r></r>')],
    ['twice', Buffer.from('<!DOCTYPE a><!DOCTYPE b><r/>')],
    ['as a parameter entity', Buffer.from('<!DOCTYPE r [<!ENTITY % d SYSTEM "http://127.0.0.1:9/e"> %d;]><r/>')],
  ])('a DOCTYPE %s', (_, bytes) => {
    expect(refusalOf(() => parse(decodeXml(bytes).text))).toBe('doctype');
  });

  test('a flood of references is refused also where each is harmless, and 20 000 are not', () => {
    expect(refusalOf(() => parse(`<r>${'&#65;'.repeat(20_000)}</r>`))).toBe('taken');
    expect(refusalOf(() => parse(`<r>${'&amp;'.repeat(20_001)}</r>`))).toBe('too-many-references');
    expect(refusalOf(() => parse(`<r a="${'&#65;'.repeat(20_001)}"/>`))).toBe('too-many-references');
  });

  test('128 levels are read, 129 are not', () => {
    const nested = (levels: number): string => '<a>'.repeat(levels) + '</a>'.repeat(levels);
    expect(refusalOf(() => parse(nested(128)))).toBe('taken');
    expect(refusalOf(() => parse(nested(129)))).toBe('too-deep');
  });

  test('256 attributes are read, 257 are not', () => {
    const attributes = (count: number): string =>
      `<r ${Array.from({ length: count }, (_, nth) => `a${nth}="1"`).join(' ')}/>`;
    expect(refusalOf(() => parse(attributes(256)))).toBe('taken');
    expect(refusalOf(() => parse(attributes(257)))).toBe('too-many-attributes');
    expect(refusalOf(() => parse(`<r>${attributes(200)}${attributes(200)}</r>`))).toBe('taken');
  });

  test('a limit of 0 allows none, instead of all', () => {
    const limits = { bytes: 1000, depth: 128, elementsPerMegabyte: 10, attributes: 0, references: 0, timeMs: 100 };
    expect(refusalOf(() => parseXml('<a b="1"/>', { namespaces: {} }, limits))).toBe('too-many-attributes');
    expect(refusalOf(() => parseXml('<a>&amp;</a>', { namespaces: {} }, limits))).toBe('too-many-references');
  });

  test('the name of a namespace, which every name in it bears, is short', () => {
    const named = (length: number, prefix: string): string =>
      `<r xmlns${prefix}="${'u'.repeat(length)}" ${Array.from({ length: 250 }, (_, nth) => `a${nth}=""`).join(' ')}/>`;
    expect(refusalOf(() => parse(named(1_000, ':p')))).toBe('taken');
    expect(refusalOf(() => parse(named(1_001, ':p')))).toBe('namespace');
    expect(refusalOf(() => parse(named(1_001, '')))).toBe('namespace');
  });

  test('what is longer than its limit is not looked at', () => {
    const limits = { ...XML_LIMITS, bytes: 10 };
    expect(refusalOf(() => parseXml('<a>123</a>', { namespaces: {} }, limits))).toBe('taken');
    expect(refusalOf(() => parseXml('<a>1234</a>', { namespaces: {} }, limits))).toBe('too-large');
  });

  test.each([
    ['a comment', `<r><!--${'- '.repeat(1_000_000)}--></r>`],
    ['CDATA', `<r><![CDATA[${'] '.repeat(1_000_000)}]]></r>`],
    ['an instruction', `<r><?p ${'? '.repeat(1_000_000)}?></r>`],
    ['attributes', `<r>${'<a b="1" c="2"/>'.repeat(20_000)}</r>`],
    ['one attribute', `<r a="${'\n'.repeat(1_000_000)}"/>`],
  ])('a reading of %s that takes too long is ended', (_, text) => {
    const limits = { ...XML_LIMITS, elementsPerMegabyte: 1_000_000, timeMs: 1 };
    expect(refusalOf(() => parseXml(text, { namespaces: {} }, limits))).toBe('time');
  });

  test('a reading that takes too long is ended', () => {
    const limits = {
      bytes: 1_000_000,
      depth: 128,
      elementsPerMegabyte: 100_000,
      attributes: 5,
      references: 5,
      timeMs: -1,
    };
    expect(refusalOf(() => parseXml(`<r>${'<a/>'.repeat(5000)}</r>`, { namespaces: {} }, limits))).toBe('time');
  });

  test('a large page of 20 000 elements is read within a second', () => {
    const row = '<Appointment><IdAppointment>00000000000000001116</IdAppointment></Appointment>';
    const page = `<r>${row.repeat(9_990)}</r>`;
    expect(refusalOf(() => parse(page))).toBe('taken');
    expect(costOf(() => parse(page)).ms).toBeLessThan(1000);
  });

  test('the names that mean something to JavaScript are refused as elements, attributes and local names, and pollute nothing', () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      expect(refusalOf(() => parse(`<r><${name}/></r>`))).toBe('name');
      expect(refusalOf(() => parse(`<r ${name}="1"/>`))).toBe('name');
      expect(refusalOf(() => parse(`<r xmlns:p="urn:p"><p:${name}/></r>`))).toBe('name');
      expect(refusalOf(() => parse(`<r xmlns:${name}="urn:p"/>`))).toBe('name');
    }
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  test('members that every object has are plain names', () => {
    const { r } = parse(
      '<r><toString>1</toString><hasOwnProperty>2</hasOwnProperty><__defineGetter__>3</__defineGetter__></r>',
    );
    expect(r).toEqual({ toString: '1', hasOwnProperty: '2', __defineGetter__: '3' });
    expect(Object.getPrototypeOf(r)).toBeNull();
  });

  test('an XInclude is an element like any other', () => {
    const document = parse(
      '<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></r>',
    );
    expect(document).toEqual({
      r: {
        '{http://www.w3.org/2001/XInclude}include': { '@href': 'file:///etc/passwd', '@parse': 'text', '#text': '' },
      },
    });
  });
});

describe('what is not well-formed is refused', () => {
  test.each([
    ['nothing', ''],
    ['blanks', ' \n '],
    ['a text', 'ok'],
    ['text behind the element', '<a/>b'],
    ['two elements', '<a/><b/>'],
    ['an element that does not end', '<a><b></a>'],
    ['elements that end in the wrong order', '<a><b></a></b>'],
    ['an end without a beginning', '</a>'],
    ['a tag cut off', '<a><b'],
    ['an attribute cut off', '<a b="1'],
    ['an attribute without quotes', '<a b=1/>'],
    ['an attribute without a value', '<a b/>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['attributes without a blank between them', '<a b="1"c="2"/>'],
    ['a "<" in an attribute', '<a b="<"/>'],
    ['a comment cut off', '<a><!-- </a>'],
    ['CDATA cut off', '<a><![CDATA[ </a>'],
    ['an instruction cut off', '<a><? </a>'],
    ['a declaration in the middle', '<a/><?xml version="1.0"?>'],
    ['a control character', '<a>\u0000</a>'],
    ['half a surrogate pair', '<a>\uD800</a>'],
    ['a name that begins with a digit', '<1a/>'],
    ['half a surrogate pair before a tag', '<a>\uD800<b/></a>'],
    ['a prefix without a namespace', '<a xmlns:p=""/>'],
  ])('%s', (_, text) => {
    expect(refusalOf(() => parse(text))).toBe('malformed');
  });

  test.each([
    ['a name that needs a DOCTYPE', '<a>&nbsp;</a>'],
    ['an ampersand alone', '<a>R & D</a>'],
    ['the number of no character', '<a>&#0;</a>'],
    ['half a surrogate pair by number', '<a>&#xD800;</a>'],
    ['a number above all characters', '<a>&#x110000;</a>'],
    ['in an attribute', '<a b="&nbsp;"/>'],
  ])('a reference: %s', (_, text) => {
    expect(refusalOf(() => parse(text))).toBe('reference');
  });

  test.each([
    ['<a>R & D</a>', 6],
    ['<a>R&D</a><b>; </b>', 5],
    ['<a b="R & D"/>', 9],
    ['<a><![CDATA[R & D]]><!-- & --><?p & ?>R & D</a>', 41],
    ['<?xml version="1.0"?>\r\n<a>R & D</a>', 28],
  ])('an ampersand alone is told with its place: %s', (text, place) => {
    expect(() => parse(text)).toThrow(`got another "&" at character ${place}`);
  });

  test('a DOCTYPE inside a comment is none', () => {
    expect(refusalOf(() => parse('<!--><!DOCTYPE r> --><r/>'))).toBe('taken');
  });

  test('an ampersand that a comment or an instruction has is not blamed', () => {
    expect(refusalOf(() => parse('<a><!-- R & D --><?p R & D?><b></a>'))).toBe('malformed');
  });

  test('nothing of the document is in an error', () => {
    for (const text of [
      '<a><Ivanov></a>',
      '<Ivanov:a/>',
      '<a Ivanov="1" Ivanov="2"/>',
      '<a>&Ivanov;</a>',
      '<a></Ivanov>',
    ])
      expect(() => parse(text)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('Ivanov') }));
  });

  test('what a declaration says wrongly does no harm', () => {
    for (const declaration of [
      '<?xml encoding=utf-8?>',
      '\n<?xml version="1.0"?>',
      '<?XML version="1.0"?>',
      '<?xml ?>',
    ])
      expect(parse(`${declaration}<a>1</a>`)).toEqual({ a: '1' });
    expect(parse('\uFEFF<?xml version="1.0"?><a>1</a>\uFEFF')).toEqual({ a: '1' });
    // XML 1.1 has control characters; nobody behind us has.
    expect(refusalOf(() => parse('<?xml version="1.1"?><a>&#1;</a>'))).toBe('reference');
  });

  test('a prefix that nothing declares', () => {
    expect(refusalOf(() => parse('<p:a/>'))).toBe('namespace');
    expect(refusalOf(() => parse('<a p:b="1"/>'))).toBe('namespace');
  });
});
