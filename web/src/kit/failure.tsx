import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';

/** What could not be shown, and why. */
export function Failure({ title = 'Not shown', children }: { readonly title?: string; readonly children: ReactNode }) {
  return (
    <Alert color="red" title={title} role="alert" m="sm">
      {children}
    </Alert>
  );
}
