import { Checkbox, Fieldset, NumberInput, Select, TagsInput, TextInput } from '@mantine/core';
import { labelOf, type FieldSchema } from './config-schema.ts';
import type { FieldProblems } from './field-problems.ts';
import { JsonField } from './json-field.tsx';
import { ObjectList } from './object-list.tsx';
import { SchemaFields } from './schema-fields.tsx';
import { ZoneSelect } from './zone-select.tsx';

export interface SchemaFieldProps {
  readonly name: string;
  readonly schema: FieldSchema;
  readonly isRequired: boolean;
  readonly value: unknown;
  readonly change: (value: unknown) => void;
  readonly pointer: string;
  readonly problems: FieldProblems;
}

const asRecord = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' ? { ...value } : {};
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** One setting, by its kind; what there is no input for is written as JSON. */
export function SchemaField({ name, schema, isRequired, value, change, pointer, problems }: SchemaFieldProps) {
  const shared = {
    label: labelOf(name),
    description: schema.description,
    required: isRequired,
    error: problems[pointer],
  };
  const { type, items } = schema;
  if (schema.enum) {
    return (
      <Select
        {...shared}
        data={schema.enum.map(String)}
        value={(value as string | undefined) ?? null}
        onChange={(chosen) => change(chosen ?? undefined)}
        clearable={!isRequired}
      />
    );
  }
  if (schema.format === 'iana-time-zone')
    return <ZoneSelect {...shared} value={(value as string | undefined) ?? null} change={change} />;
  if (type === 'string')
    return (
      <TextInput
        {...shared}
        value={(value as string | undefined) ?? ''}
        onChange={(event) => change(event.currentTarget.value)}
      />
    );
  if (type === 'boolean')
    return <Checkbox {...shared} checked={value === true} onChange={(event) => change(event.currentTarget.checked)} />;
  if (type === 'integer' || type === 'number') {
    return (
      <NumberInput
        {...shared}
        min={schema.minimum}
        max={schema.maximum}
        value={(value as number | undefined) ?? ''}
        onChange={(given) => change(given === '' ? undefined : Number(given))}
      />
    );
  }
  if (type === 'array' && items?.type === 'string') {
    return (
      <TagsInput
        {...shared}
        value={asList(value).map(String)}
        onChange={(list) => change(list.length === 0 ? undefined : list)}
      />
    );
  }
  if (type === 'array' && items?.properties) {
    return (
      <ObjectList
        name={name}
        schema={items}
        isRequired={isRequired}
        description={schema.description}
        value={asList(value).map(asRecord)}
        change={change}
        pointer={pointer}
        problems={problems}
      />
    );
  }
  if (type === 'object' && schema.properties) {
    return (
      <Fieldset legend={labelOf(name)}>
        <SchemaFields
          schema={{ ...schema }}
          value={asRecord(value)}
          change={(given) => change(Object.keys(given).length === 0 ? undefined : given)}
          pointer={pointer}
          problems={problems}
        />
      </Fieldset>
    );
  }
  return <JsonField {...shared} value={value} change={change} />;
}
