import { JsonInput, Select, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { problemsOf } from '../connections/field-problems.ts';
import { NewDialog } from '../kit/new-dialog.tsx';
import { useAct } from '../kit/use-act.ts';
import { LocationSelect } from './location-select.tsx';

type NewClient = Schemas['client-create'];

/** A program that calls. With keys of its own it signs, and has no secret; else its secret is shown this once. */
export function NewClientForm({ close }: { readonly close: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('app');
  const [scopes, setScopes] = useState<string[]>([]);
  const [locationIds, setLocationIds] = useState<string[]>([]);
  const [jwks, setJwks] = useState('');
  const create = useAct({
    act: () =>
      answered(
        api.POST('/v1/clients', {
          body: {
            name,
            role: role as NewClient['role'],
            ...(scopes.length > 0 && { scopes }),
            ...(locationIds.length > 0 && { locationIds }),
            ...(jwks.trim() !== '' && { jwks: JSON.parse(jwks) as NonNullable<NewClient['jwks']> }),
          },
        }),
      ),
    done: 'Added.',
    // Without a secret there is nothing to keep.
    after: ({ secret }) => secret === null && close(),
  });
  const problems = problemsOf(create.error);
  return (
    <NewDialog
      title="Add a program"
      close={close}
      secret={create.data?.secret ?? undefined}
      aboutSecret={`The secret of ${create.data?.client.id ?? ''}, shown this once: keep it where the program finds it.`}
      add={() => create.mutate()}
      isAdding={create.isPending}
      isComplete={name.trim() !== '' && isJsonOrNothing(jwks)}
    >
      <TextInput
        label="Name"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problems['/name']}
      />
      <Select
        label="Role"
        data={['app', 'support', 'engineer', 'admin']}
        value={role}
        allowDeselect={false}
        onChange={(chosen) => setRole(chosen ?? 'app')}
        error={problems['/role']}
      />
      <TagsInput
        label="Scopes"
        description="SMART, e.g. system/Appointment.cruds; none: what its role may"
        value={scopes}
        onChange={setScopes}
        error={problems['/scopes']}
      />
      <LocationSelect value={locationIds} onChange={setLocationIds} error={problems['/locationIds']} />
      <JsonInput
        label="Public keys"
        description="A JWK set (RFC 7517): it signs assertions, and has no secret"
        validationError="Expected JSON"
        autosize
        minRows={3}
        value={jwks}
        onChange={setJwks}
        error={problems['/jwks']}
      />
    </NewDialog>
  );
}

function isJsonOrNothing(text: string): boolean {
  try {
    return text.trim() === '' || typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
