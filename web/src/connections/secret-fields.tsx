import { PasswordInput, Stack, Textarea } from '@mantine/core';
import { labelOf, withMember } from './config-schema.ts';
import type { FieldProblems } from './field-problems.ts';

interface SecretFieldsProps {
  readonly names: readonly string[];
  readonly value: Readonly<Record<string, string>>;
  readonly change: (value: Record<string, string>) => void;
  readonly problems: FieldProblems;
  /** There are some already: what is not typed stays. */
  readonly isStored?: boolean;
}

/** Keys and certificates have many lines. */
const HAS_LINES = /key$|certificate$|ca$/i;

/** Credentials go in, and never come out. */
export function SecretFields({ names, value, change, problems, isStored = false }: SecretFieldsProps) {
  return (
    <Stack gap="sm">
      {names.map((name) => {
        const shared = {
          label: labelOf(name),
          description: isStored ? 'Left empty, the stored one stays.' : 'Sealed when it arrives; never shown again.',
          error: problems[`/secrets/${name}`],
          value: value[name] ?? '',
          autoComplete: 'off',
        };
        const set = (given: string): void => change(withMember(value, name, given) as Record<string, string>);
        return HAS_LINES.test(name) ? (
          <Textarea
            key={name}
            {...shared}
            rows={3}
            className="mono"
            onChange={(event) => set(event.currentTarget.value)}
          />
        ) : (
          <PasswordInput key={name} {...shared} onChange={(event) => set(event.currentTarget.value)} />
        );
      })}
    </Stack>
  );
}
