import { Group, Paper, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface SectionProps {
  readonly title: string;
  readonly actions?: ReactNode;
  /** Without a margin around: for lists. */
  readonly isList?: boolean;
  readonly children: ReactNode;
}

export function Section({ title, actions, isList = false, children }: SectionProps) {
  return (
    <Paper withBorder component="section" aria-label={title}>
      <Group justify="space-between" px="md" pt="sm" pb={isList ? 4 : 0}>
        <Title order={2}>{title}</Title>
        {actions}
      </Group>
      <div style={isList ? undefined : { padding: '8px 16px 16px' }}>{children}</div>
    </Paper>
  );
}
