import { TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { problemsOf } from '../connections/field-problems.ts';
import { NewDialog } from '../kit/new-dialog.tsx';
import { useAct } from '../kit/use-act.ts';

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
  return (
    <NewDialog
      title="Add a webhook"
      close={close}
      secret={create.data?.secret}
      aboutSecret="What it gets is signed with this secret. It is shown this once: keep it where the receiver finds it."
      add={() => create.mutate()}
      isAdding={create.isPending}
      isComplete={url.trim() !== ''}
    >
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
    </NewDialog>
  );
}
