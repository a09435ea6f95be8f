import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { ShownOnce } from '../kit/shown-once.tsx';
import { useAct } from '../kit/use-act.ts';
import type { User } from './access-state.tsx';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

/** Switch off or on, and begin anew with another password. Either way the person is signed out. */
export function UserActions({ user }: { readonly user: User }) {
  const [mayChange, mayReset] = [useMay('changeUser'), useMay('resetUser')];
  const [isAsking, { open, close }] = useDisclosure(false);
  const params = { path: { id: user.id } };
  const isOff = user.state === 'disabled';
  const change = useAct({
    act: () => answered(api.PATCH('/v1/users/{id}', { params, body: { state: isOff ? 'active' : 'disabled' } })),
    done: isOff ? `${user.name} may sign in again.` : `${user.name} is signed out, and cannot sign in.`,
  });
  const reset = useAct({ act: () => answered(api.POST('/v1/users/{id}/reset', { params })), done: 'Reset.' });
  const leave = (): void => {
    reset.reset();
    close();
  };
  return (
    <Group gap={6} wrap="nowrap" justify="flex-end">
      {mayReset && !isOff && (
        <Button variant="default" onClick={open}>
          Reset …
        </Button>
      )}
      {mayChange && (
        <Button variant="default" onClick={() => change.mutate()} loading={change.isPending}>
          {isOff ? 'Switch on' : 'Switch off'}
        </Button>
      )}
      {isAsking && (
        <Modal opened onClose={leave} title={`Reset ${user.name}`}>
          {reset.data ? (
            <ShownOnce secret={reset.data.temporaryPassword} close={leave}>
              The password to begin with, shown this once.
            </ShownOnce>
          ) : (
            <Stack>
              <Text size="sm">
                {user.name} is signed out everywhere, gets a new password, and sets up the second factor anew.
              </Text>
              <DialogButtons leave={leave}>
                <Button onClick={() => reset.mutate()} loading={reset.isPending}>
                  Reset
                </Button>
              </DialogButtons>
            </Stack>
          )}
        </Modal>
      )}
    </Group>
  );
}
