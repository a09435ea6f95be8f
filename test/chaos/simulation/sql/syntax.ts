/** What a statement says, as data. */

export type Expression =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'interval'; readonly ms: number }
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'column'; readonly table: string | undefined; readonly name: string }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not' | 'minus'; readonly of: Expression }
  | { readonly kind: 'is-null'; readonly of: Expression; readonly not: boolean }
  | { readonly kind: 'in'; readonly of: Expression; readonly list: readonly Expression[]; readonly not: boolean }
  | { readonly kind: 'in-select'; readonly of: Expression; readonly select: Select; readonly not: boolean }
  | { readonly kind: 'any'; readonly of: Expression; readonly array: Expression }
  | { readonly kind: 'exists' | 'scalar'; readonly select: Select }
  | {
      readonly kind: 'case';
      readonly of: Expression | undefined;
      readonly whens: readonly { readonly when: Expression; readonly value: Expression }[];
      readonly otherwise: Expression | undefined;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'cast'; readonly of: Expression; readonly type: string }
  | { readonly kind: 'row' | 'array'; readonly items: readonly Expression[] };

export interface Item {
  readonly value: Expression;
  readonly name: string;
  readonly star: boolean;
}

export type Source =
  | { readonly kind: 'table'; readonly name: string; readonly alias: string }
  | { readonly kind: 'select'; readonly select: Select; readonly alias: string }
  | {
      readonly kind: 'recordset';
      readonly of: Expression;
      readonly alias: string;
      readonly columns: readonly { readonly name: string; readonly type: string }[];
    };

export interface From {
  readonly source: Source;
  readonly left: boolean;
  readonly on: Expression | undefined;
}

export interface Select {
  readonly kind: 'select';
  readonly items: readonly Item[];
  readonly from: readonly From[];
  readonly where: Expression | undefined;
  readonly order: readonly { readonly by: Expression; readonly descending: boolean }[];
  readonly limit: Expression | undefined;
}

export interface Assignment {
  readonly column: string;
  readonly value: Expression;
}

export interface Insert {
  readonly kind: 'insert';
  readonly table: string;
  readonly alias: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Expression[])[] | undefined;
  readonly select: Select | undefined;
  readonly conflict:
    | {
        readonly columns: readonly string[] | undefined;
        readonly set: readonly Assignment[] | undefined;
        readonly where: Expression | undefined;
      }
    | undefined;
  readonly returning: readonly Item[] | undefined;
}

export interface Update {
  readonly kind: 'update';
  readonly table: string;
  readonly alias: string;
  readonly set: readonly Assignment[];
  readonly from: readonly From[];
  readonly where: Expression | undefined;
  readonly returning: readonly Item[] | undefined;
}

export interface Delete {
  readonly kind: 'delete';
  readonly table: string;
  readonly alias: string;
  readonly from: readonly From[];
  readonly where: Expression | undefined;
  readonly returning: readonly Item[] | undefined;
}

export type Body = Select | Insert | Update | Delete;

export interface Statement {
  readonly with: readonly { readonly name: string; readonly body: Body }[];
  readonly body: Body;
}
