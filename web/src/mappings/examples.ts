/** The examples among the files of a mapping: `{input, output | error}` each. */
export type Files = Readonly<Record<string, string>>;

export const exampleNames = (files: Files): string[] =>
  Object.keys(files).filter((path) => path.endsWith('.json') && inputIn(files[path]) !== undefined);

export function inputIn(content: string | undefined): string | undefined {
  try {
    const example: unknown = JSON.parse(content ?? '');
    if (example === null || typeof example !== 'object' || !('input' in example)) return undefined;
    return typeof example.input === 'string' ? example.input : JSON.stringify(example.input, null, 2);
  } catch {
    return undefined;
  }
}

/** The file that is the mapping itself: of a shared one several may be. */
export const mappingFile = (files: Files, name: string): string => {
  const own = `${name.split('.').slice(1).join('.')}.yaml`;
  return (
    Object.keys(files).find((path) => path === own || path.endsWith(`/${own}`)) ??
    Object.keys(files).find((path) => path.endsWith('.yaml')) ??
    ''
  );
};
