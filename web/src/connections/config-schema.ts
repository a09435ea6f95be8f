/** As much of JSON Schema as adapters describe their settings by. */
export interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
}

/** A schema of the adapter, read leniently: what it does not have is left out. */
export const fieldSchema = (schema: Readonly<Record<string, unknown>>): FieldSchema => schema;

/** "baseUrl" → "Base URL" */
export function labelOf(name: string): string {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const spelled = words.replaceAll(/\b(url|id|tls)\b/g, (word) => word.toUpperCase());
  return spelled.charAt(0).toUpperCase() + spelled.slice(1);
}

/** Without what was emptied: an empty text is no setting. */
export function withMember(
  value: Readonly<Record<string, unknown>>,
  name: string,
  member: unknown,
): Record<string, unknown> {
  const { [name]: _, ...rest } = value;
  return member === undefined || member === '' ? rest : { ...rest, [name]: member };
}
