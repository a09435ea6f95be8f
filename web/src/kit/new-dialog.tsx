import { Button, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { DialogButtons } from './dialog-buttons.tsx';
import { ShownOnce } from './shown-once.tsx';

interface NewDialogProps {
  readonly title: string;
  readonly close: () => void;
  /** Of what was made; while there is none, the form is shown. */
  readonly secret: string | undefined;
  /** What the secret is for, and where it is to be kept. */
  readonly aboutSecret: ReactNode;
  readonly add: () => void;
  readonly isAdding: boolean;
  readonly isComplete: boolean;
  /** The form. */
  readonly children: ReactNode;
}

/** Something new that has a secret: first what it is, then its secret, this once. */
export const NewDialog = ({
  title,
  close,
  secret,
  aboutSecret,
  add,
  isAdding,
  isComplete,
  children,
}: NewDialogProps) => (
  <Modal opened onClose={close} title={title} size="lg">
    {secret === undefined ? (
      <Stack>
        {children}
        <DialogButtons leave={close}>
          <Button onClick={add} loading={isAdding} disabled={!isComplete}>
            Add
          </Button>
        </DialogButtons>
      </Stack>
    ) : (
      <ShownOnce secret={secret} close={close}>
        {aboutSecret}
      </ShownOnce>
    )}
  </Modal>
);
