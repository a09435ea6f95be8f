import { ActionIcon, Button, Group, Menu, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { Bookmark, Trash2 } from 'lucide-react';
import { useState, type SubmitEvent } from 'react';
import type { TransactionSearch } from './filter.ts';

interface View {
  readonly name: string;
  readonly search: TransactionSearch;
}

/** Everybody begins with these. */
const BUILT_IN: readonly View[] = [
  { name: 'What waits for review', search: { state: 'needs_review' } },
  { name: 'Failed', search: { state: 'failed' } },
  { name: 'Slot was taken', search: { errorCode: 'slot-taken' } },
];

/** Filters under a name, in this browser. To share one, send the address of the page. */
export function SavedViews({ search }: { readonly search: TransactionSearch }) {
  const navigate = useNavigate();
  const [views, setViews] = useLocalStorage<readonly View[]>({ key: 'tessera.views', defaultValue: [] });
  const [name, setName] = useState('');
  const go = (to: TransactionSearch): void => void navigate({ to: '/transactions', search: to });
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    if (name.trim() === '') return;
    setViews([...views.filter((each) => each.name !== name.trim()), { name: name.trim(), search }]);
    setName('');
  };
  return (
    <Menu position="bottom-end" width={280} closeOnItemClick>
      <Menu.Target>
        <Button variant="default" leftSection={<Bookmark size={14} />}>
          Views
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {BUILT_IN.map((view) => (
          <Menu.Item key={view.name} onClick={() => go(view.search)}>
            {view.name}
          </Menu.Item>
        ))}
        {views.length > 0 && <Menu.Divider />}
        {views.map((view) => (
          <Group key={view.name} wrap="nowrap" gap={4}>
            <Menu.Item onClick={() => go(view.search)}>{view.name}</Menu.Item>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove the view ${view.name}`}
              onClick={() => setViews(views.filter((each) => each !== view))}
            >
              <Trash2 size={14} />
            </ActionIcon>
          </Group>
        ))}
        <Menu.Divider />
        <form onSubmit={save}>
          <Group gap={4} p={4} wrap="nowrap">
            <TextInput
              size="xs"
              flex={1}
              aria-label="Name of the view"
              placeholder="Save these filters as …"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" disabled={name.trim() === ''}>
              Save
            </Button>
          </Group>
        </form>
      </Menu.Dropdown>
    </Menu>
  );
}
