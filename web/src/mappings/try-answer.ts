/** What became of an input, read out of the answer: the contract leaves its details open. */
import type { Schemas } from '../api/contract.ts';

export interface Fault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** How a field of the output came to be. Pointers into output and input. */
export interface MadeField {
  readonly at: string;
  readonly field: string;
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly from: readonly string[];
}

export interface TryAnswer {
  readonly kind: Schemas['mapping-try']['kind'];
  readonly output: string | undefined;
  readonly faults: readonly Fault[];
  readonly made: readonly MadeField[];
  /** Pointers to values of the input that no rule has read. */
  readonly unread: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const records = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 1);

export function readAnswer(answer: Schemas['mapping-try']): TryAnswer {
  const { error, made, source } = answer as Schemas['mapping-try'] & {
    readonly made?: unknown;
    readonly source?: unknown;
  };
  return {
    kind: answer.kind,
    output: answer.output === undefined ? undefined : JSON.stringify(answer.output, null, 2),
    faults: [...(isRecord(error) ? [error] : []), ...records(answer.problems)].map(faultOf),
    made: records(made).map(madeOf),
    unread: records(source)
      .filter((each) => each['read'] === false)
      .map((each) => text(each['at']) || text(each['pointer']) || text(each['path'])),
  };
}

function faultOf(fault: Json): Fault {
  const advice = text(fault['advice']);
  return {
    file: text(fault['file']),
    line: number(fault['line']),
    column: number(fault['column']),
    message: advice === '' ? text(fault['message']) : `${text(fault['message'])}. ${advice}`,
  };
}

const madeOf = (each: Json): MadeField => ({
  at: text(each['at']),
  field: text(each['field']),
  rule: text(each['rule']),
  file: text(each['file']),
  line: number(each['line']),
  from: Array.isArray(each['from']) ? each['from'].map(String) : [],
});
