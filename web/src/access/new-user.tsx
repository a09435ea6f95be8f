import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import { problemsOf } from '../connections/field-problems.ts';
import { NewDialog } from '../kit/new-dialog.tsx';
import { useAct } from '../kit/use-act.ts';
import type { User } from './access-state.tsx';
import { LocationSelect } from './location-select.tsx';

const ROLES = [
  { value: 'support', label: 'Support: finds, replays, settles' },
  { value: 'engineer', label: 'Engineer: connections and mappings' },
  { value: 'admin', label: 'Admin: everything of the organization' },
];

/** Staff. Their first password is shown this once; another one, and a second factor, are chosen at the first sign-in. */
export function NewUser({ close }: { readonly close: () => void }) {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState('support');
  const [locationIds, setLocationIds] = useState<string[]>([]);
  const create = useAct({
    act: () =>
      answered(
        api.POST('/v1/users', {
          body: {
            email,
            name,
            role: role as User['role'],
            ...(locationIds.length > 0 && { locationIds }),
          },
        }),
      ),
    done: 'Added.',
  });
  const problems = problemsOf(create.error);
  return (
    <NewDialog
      title="Add a person"
      close={close}
      secret={create.data?.temporaryPassword}
      aboutSecret="The password to begin with, shown this once. Another one is chosen at the first sign-in, and an authenticator app set up."
      add={() => create.mutate()}
      isAdding={create.isPending}
      isComplete={email.trim() !== '' && name.trim() !== ''}
    >
      <TextInput
        label="Name"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problems['/name']}
      />
      <TextInput
        label="E-mail"
        type="email"
        required
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={problems['/email']}
      />
      <Select
        label="Role"
        data={ROLES}
        value={role}
        allowDeselect={false}
        onChange={(chosen) => setRole(chosen ?? 'support')}
        error={problems['/role']}
      />
      {role === 'support' && (
        <LocationSelect value={locationIds} onChange={setLocationIds} error={problems['/locationIds']} />
      )}
    </NewDialog>
  );
}
