import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';

interface DialogButtonsProps {
  /** Closes it, and nothing is done. */
  readonly leave: () => void;
  /** The button that does it. */
  readonly children: ReactNode;
}

export function DialogButtons({ leave, children }: DialogButtonsProps) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={leave}>
        Leave it
      </Button>
      {children}
    </Group>
  );
}
