/** The part of an address after `?`: named texts, each of which may be absent. Others are dropped. */
export type TextSearch<Names extends readonly string[]> = { readonly [Name in Names[number]]?: string };

export const textSearch =
  <const Names extends readonly string[]>(names: Names) =>
  (given: Readonly<Record<string, unknown>>): TextSearch<Names> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = given[name];
        return typeof value === 'string' && value !== '' ? [[name, value]] : [];
      }),
    ) as TextSearch<Names>;
