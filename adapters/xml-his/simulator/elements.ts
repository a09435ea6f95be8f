/** Elements to be written, and the many ways in which servers write the same ones. */
import { encodeXml } from '#adapter-kit';

/** `null` is written as nil; a list of none as an empty element. */
export interface Element {
  readonly name: string;
  /** `t`: the methods' namespace; `h`: the data's; `none`: not qualified. */
  readonly in: 't' | 'h' | 'none';
  readonly content: string | null | readonly Element[];
}

export const h = (name: string, content: Element['content']): Element => ({ name, in: 'h', content });
export const t = (name: string, content: Element['content']): Element => ({ name, in: 't', content });

export interface Habits {
  /** X1 */
  readonly prefixes: 'm-and-defaults' | 'a-prefix' | 'generated' | 'unqualified';
  /** X3: how a value that is not there is written. */
  readonly missing: 'nil' | 'empty' | 'absent';
  /** X6 */
  readonly cdata: boolean;
}

const METHODS = 'http://tempuri.org/';
const DATA = 'http://schemas.datacontract.org/2004/07/HubService2';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

export function write(element: Element, habits: Habits, parent?: Element['in']): string {
  const { content } = element;
  if (content === null && habits.missing === 'absent') return '';
  const { name, declares } = tag(element, habits, parent);
  if (content === null && habits.missing === 'nil') return `<${name}${declares} xsi:nil="true" xmlns:xsi="${XSI}"/>`;
  const inside =
    typeof content === 'string'
      ? text(content, habits)
      : (content ?? []).map((each) => write(each, habits, element.in)).join('');
  return inside === '' ? `<${name}${declares}/>` : `<${name}${declares}>${inside}</${name}>`;
}

function text(content: string, { cdata }: Habits): string {
  return cdata && content !== '' && !content.includes(']]>') ? `<![CDATA[${content}]]>` : encodeXml(content, 'text');
}

function tag(
  { name, in: of }: Element,
  { prefixes }: Habits,
  parent?: Element['in'],
): { name: string; declares: string } {
  if (of === 'none') return { name, declares: '' };
  if (of === 't') {
    if (prefixes === 'm-and-defaults')
      return { name: `m:${name}`, declares: parent === 't' ? '' : ` xmlns:m="${METHODS}"` };
    return { name, declares: parent === 't' ? '' : ` xmlns="${METHODS}"` };
  }
  const isFirst = parent !== 'h';
  if (prefixes === 'a-prefix') return { name: `a:${name}`, declares: isFirst ? ` xmlns:a="${DATA}"` : '' };
  if (prefixes === 'generated') return { name: `d5p1:${name}`, declares: ` xmlns:d5p1="${DATA}"` };
  if (prefixes === 'unqualified') return { name, declares: isFirst ? ' xmlns=""' : '' };
  return { name, declares: isFirst ? ` xmlns="${DATA}"` : '' };
}
