/** Values in the place of others, of the same shape: what a mapping can read of the one it can read of the other. */

const HEX_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** 2027-03-08…, 20270308…: as FHIR and HL7 v2 write it. */
const DATE_FIRST = /^(?:19|20)\d\d-?(?:\d\d-?){2}(?:$|[T\d])/;
/** Digits and signs, with the letters that stand in a time. */
const TIME_LIKE = /^[\d\s.:/+TZ-]+$/;
/** Reserved for fiction, and a number of the North American plan all the same. */
const PHONE = '+12025550100';

/** Different values get different placeholders where their shape has room for that. One object for one message. */
export class Placeholders {
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** `parts` of the value: every second one, from the second on, stays. */
  text(value: string, parts: readonly string[] = [value], isPhone = false): string {
    if (isPhone) return PHONE;
    const known = this.#given.get(value);
    if (known !== undefined) return known;
    const shapes = parts.map((part, index) => (index % 2 === 1 ? part : shapeOf(part)));
    // Another number in a time would be another time.
    const isFixed = TIME_LIKE.test(value) && DATE_FIRST.test(value);
    const placeholder = isFixed ? shapes.join('') : this.#free(shapes);
    this.#taken.add(placeholder);
    this.#given.set(value, placeholder);
    return placeholder;
  }

  #free(shapes: readonly string[]): string {
    const last = shapes.findLastIndex((part, index) => index % 2 === 0 && part !== '');
    let free = shapes.join('');
    for (let n = 1; n < 100 && this.#taken.has(free); n += 1)
      free = shapes.map((part, index) => (index === last ? numbered(part, n) : part)).join('');
    return free;
  }

  number(value: number): number {
    const text = String(value);
    return /^-?\d+(?:\.\d+)?$/.test(text) && value !== 0 ? Number(text.replaceAll(/\d/g, '1')) : value;
  }
}

function shapeOf(value: string): string {
  if (HEX_ID.test(value)) return value.replaceAll(/\d/g, '1').replaceAll(/[a-f]/gi, 'a');
  if (DATE_FIRST.test(value)) return `20${value.slice(2).replaceAll(/\d/g, '1')}`;
  // 11:11 on 11.11.1111 is a time in every order of day and month.
  if (TIME_LIKE.test(value)) return value.replaceAll(/\d/g, '1');
  return value
    .replaceAll(/\p{Nd}/gu, '1')
    .replaceAll(/\p{Lu}/gu, 'X')
    .replaceAll(/\p{L}/gu, (letter) => (letter === 'X' ? letter : 'x'));
}

/** Written over its last digits, or letters where it has few of them. */
function numbered(shape: string, n: number): string {
  const digits = shape.match(/1/g)?.length ?? 0;
  const isDigit = digits >= 2;
  let rest = isDigit ? String(n).padStart(digits, '1') : lettersOf(n);
  return shape
    .split('')
    .toReversed()
    .map((each) => {
      if (rest === '' || each !== (isDigit ? '1' : 'x')) return each;
      const last = rest.slice(-1);
      rest = rest.slice(0, -1);
      return last;
    })
    .toReversed()
    .join('');
}

const lettersOf = (n: number): string => String(n).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '');
