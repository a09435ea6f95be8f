import { Button, Fieldset, Group, Stack, Text } from '@mantine/core';
import { labelOf, type FieldSchema } from './config-schema.ts';
import type { FieldProblems } from './field-problems.ts';
import { SchemaFields } from './schema-fields.tsx';

interface ObjectListProps {
  readonly name: string;
  readonly schema: FieldSchema;
  readonly isRequired: boolean;
  readonly description: string | undefined;
  readonly value: readonly Record<string, unknown>[];
  readonly change: (value: unknown) => void;
  readonly pointer: string;
  readonly problems: FieldProblems;
}

/** Several of the same kind, e.g. visit types. */
export function ObjectList({
  name,
  schema,
  isRequired,
  description,
  value,
  change,
  pointer,
  problems,
}: ObjectListProps) {
  const replace = (list: readonly Record<string, unknown>[]): void => change(list.length === 0 ? undefined : list);
  return (
    <Fieldset legend={`${labelOf(name)}${isRequired ? ' *' : ''}`}>
      <Stack gap="sm">
        {description !== undefined && (
          <Text size="xs" c="dimmed">
            {description}
          </Text>
        )}
        {problems[pointer] !== undefined && (
          <Text size="xs" c="red">
            {problems[pointer]}
          </Text>
        )}
        {value.map((each, index) => (
          <Group key={index} align="flex-start" wrap="nowrap">
            <div style={{ flex: 1 }}>
              <SchemaFields
                schema={{ ...schema }}
                value={each}
                change={(changed) => replace(value.with(index, changed))}
                pointer={`${pointer}/${index}`}
                problems={problems}
              />
            </div>
            <Button variant="default" onClick={() => replace(value.toSpliced(index, 1))}>
              Remove
            </Button>
          </Group>
        ))}
        <div>
          <Button variant="default" onClick={() => replace([...value, {}])}>
            Add one
          </Button>
        </div>
      </Stack>
    </Fieldset>
  );
}
