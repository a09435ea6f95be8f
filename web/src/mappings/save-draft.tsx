import { Button, Modal, Stack, TagsInput, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { useAct } from '../kit/use-act.ts';
import type { Files } from './examples.ts';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

interface SaveDraftProps {
  readonly name: string;
  readonly connection: string;
  readonly files: Files;
  readonly isChanged: boolean;
}

/** Keeps the files as a version of their own, in use nowhere yet. */
export function SaveDraft({ name, connection, files, isChanged }: SaveDraftProps) {
  const [opened, { open, close }] = useDisclosure(false);
  const [note, setNote] = useState('');
  const [announced, setAnnounced] = useState<string[]>([]);
  const navigate = useNavigate();
  const may = useMay('draftMappingVersion');
  const save = useAct({
    act: () =>
      answered(
        api.POST('/v1/mappings/{name}/versions', {
          params: { path: { name } },
          body: {
            connectionId: connection,
            files,
            ...(note !== '' && { note }),
            ...(announced.length > 0 && { announced }),
          },
        }),
      ),
    done: ({ number }) => `Kept as version ${number}, in use nowhere yet.`,
    after: ({ number }) => {
      close();
      void navigate({ to: '/mappings/$name', params: { name }, search: { connection, version: String(number) } });
    },
  });
  if (!may) return null;
  return (
    <>
      <Button onClick={open} disabled={!isChanged}>
        Save as a draft
      </Button>
      <Modal opened={opened} onClose={close} title="Save as a draft">
        <Stack>
          <TextInput
            label="What is different"
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            data-autofocus
          />
          <TagsInput
            label="Fields that are meant to change"
            description="Others that change hold up its publication."
            value={announced}
            onChange={setAnnounced}
          />
          <DialogButtons leave={close}>
            <Button onClick={() => save.mutate()} loading={save.isPending}>
              Save
            </Button>
          </DialogButtons>
        </Stack>
      </Modal>
    </>
  );
}
