import { Stack } from '@mantine/core';
import { fieldSchema, withMember } from './config-schema.ts';
import type { FieldProblems } from './field-problems.ts';
import { SchemaField } from './schema-field.tsx';

interface SchemaFieldsProps {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly value: Readonly<Record<string, unknown>>;
  readonly change: (value: Record<string, unknown>) => void;
  /** Where `value` is in what is sent. */
  readonly pointer: string;
  readonly problems: FieldProblems;
}

/** A form for what a schema describes, the required members first. */
export function SchemaFields({ schema, value, change, pointer, problems }: SchemaFieldsProps) {
  const { properties = {}, required = [] } = fieldSchema(schema);
  const names = Object.keys(properties).toSorted((a, b) => Number(required.includes(b)) - Number(required.includes(a)));
  return (
    <Stack gap="sm">
      {names.map((name) => (
        <SchemaField
          key={name}
          name={name}
          schema={properties[name] ?? {}}
          isRequired={required.includes(name)}
          value={value[name]}
          change={(member) => change(withMember(value, name, member))}
          pointer={`${pointer}/${name}`}
          problems={problems}
        />
      ))}
    </Stack>
  );
}
