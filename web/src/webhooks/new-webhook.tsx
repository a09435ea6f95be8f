import { Button, Modal, Stack, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { problemsOf } from '../connections/field-problems.ts';
import { ShownOnce } from '../kit/shown-once.tsx';
import { useAct } from '../kit/use-act.ts';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

/** Made, its secret is shown this once. */
export function NewWebhook({ close }: { readonly close: () => void }) {
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [types, setTypes] = useState<string[]>([]);
  const create = useAct({
    act: () =>
      answered(
        api.POST('/v1/webhooks', {
          body: { url, ...(description !== '' && { description }), ...(types.length > 0 && { types }) },
        }),
      ),
    done: 'It is told from now on.',
  });
  const problems = problemsOf(create.error);
  const secret = create.data?.secret;
  return (
    <Modal opened onClose={close} title="Add a webhook" size="lg">
      {secret === undefined ? (
        <Stack>
          <TextInput
            label="URL"
            placeholder="https://"
            required
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            error={problems['/url']}
          />
          <TextInput
            label="What it is for"
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
            error={problems['/description']}
          />
          <TagsInput
            label="Events"
            description="Exactly these; none: all. E.g. appointment.booked"
            value={types}
            onChange={setTypes}
            error={problems['/types']}
          />
          <DialogButtons leave={close}>
            <Button onClick={() => create.mutate()} loading={create.isPending} disabled={url === ''}>
              Add it
            </Button>
          </DialogButtons>
        </Stack>
      ) : (
        <ShownOnce secret={secret} close={close}>
          What it gets is signed with this secret. It is shown this once: keep it where the receiver finds it.
        </ShownOnce>
      )}
    </Modal>
  );
}
