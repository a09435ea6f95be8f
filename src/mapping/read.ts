/** What a rule or a path is compiled into: from the item of `each` (else the input) and the whole input to a value, or undefined. */
export type Read = (item: unknown, root: unknown) => unknown;
