import { JsonInput } from '@mantine/core';
import { useState } from 'react';

interface JsonFieldProps {
  readonly label: string;
  readonly description: string | undefined;
  readonly required: boolean;
  readonly error: string | undefined;
  readonly value: unknown;
  readonly change: (value: unknown) => void;
}

/** A setting of a kind that has no input of its own. */
export function JsonField({ value, change, error, ...shared }: JsonFieldProps) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2));
  const [isBroken, setBroken] = useState(false);
  const read = (given: string): void => {
    setText(given);
    try {
      change(given.trim() === '' ? undefined : JSON.parse(given));
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  return (
    <JsonInput
      {...shared}
      value={text}
      onChange={read}
      error={isBroken ? 'expected JSON' : error}
      autosize
      minRows={2}
      formatOnBlur
    />
  );
}
