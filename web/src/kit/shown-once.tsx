import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface ShownOnceProps {
  readonly secret: string;
  readonly close: () => void;
  /** What it is for, and where it is to be kept. */
  readonly children: ReactNode;
}

/** A secret that nobody will be shown again. */
export function ShownOnce({ secret, close, children }: ShownOnceProps) {
  return (
    <Stack>
      <Text size="sm">{children}</Text>
      <Code block>{secret}</Code>
      <Group justify="flex-end">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={close}>I have kept it</Button>
      </Group>
    </Stack>
  );
}
