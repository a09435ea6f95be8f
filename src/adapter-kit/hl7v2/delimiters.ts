/** The signs that structure a message: MSH-1 and MSH-2 say which (HL7 v2.9 chapter 2.5.4). */
import { Hl7Error } from './hl7-error.ts';

export interface Delimiters {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
  /** The fifth sign of MSH-2, from v2.7 on. */
  readonly truncation: string | undefined;
}

export const STANDARD_DELIMITERS: Delimiters = {
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
  truncation: undefined,
};

/** The same in nearly all messages: made once. */
const STANDARD_HEAD = 'MSH|^~\\&|';

/** Reads them from a text that begins with MSH. Throws Hl7Error. */
export function delimitersOf(text: string): Delimiters {
  if (text.startsWith(STANDARD_HEAD)) return STANDARD_DELIMITERS;
  const field = text.charAt(3);
  const lineEnd = text.search(/[\r\n]/);
  const head = lineEnd < 0 ? text : text.slice(0, lineEnd);
  if (head.length < 5) throw new Hl7Error('header-cut-off', head.length, 'expected MSH-1 and MSH-2');
  const end = head.indexOf(field, 4);
  const signs = head.slice(4, end < 0 ? undefined : end).split('');
  const [component = '', repetition = '', escape = '', subcomponent = '', truncation] = signs;
  const all = new Set([field, ...signs]);
  const usable = signs.length >= 4 && signs.length <= 5 && all.size === signs.length + 1;
  if (!usable || [...all].some((sign) => !isSign(sign))) {
    throw new Hl7Error('delimiters', 3, 'expected MSH-1 and MSH-2 to be five or six different signs, such as |^~\\&');
  }
  return { field, component, repetition, escape, subcomponent, truncation };
}

/** A letter or digit as delimiter would make every name ambiguous. */
const isSign = (sign: string): boolean => /^[!-/:-@[-`{-~]$/.test(sign);
