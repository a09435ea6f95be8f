import { ActionIcon, Button, Group, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { useAct } from '../kit/use-act.ts';
import { useSession } from '../session/session-context.ts';
import { useOwnerName } from './owner-name.ts';

type Owner = Schemas['owner'] | null | undefined;
type Change = Schemas['owner-change'];

interface OwnerMenuProps {
  /** What is to be seen to. */
  readonly work: 'transaction' | 'message';
  readonly id: string;
  readonly owner: Owner;
  /** Somebody has to see to it still. */
  readonly waits: boolean;
}

/** Whose it is; taken with one click, given to another or let go by the menu. What the hub would refuse is not offered. */
export function OwnerMenu({ work, id, owner, waits }: OwnerMenuProps) {
  const { clientId } = useSession();
  const [mayTransaction, mayMessage] = [useMay('assignTransaction'), useMay('assignMessage')];
  const nameOf = useOwnerName();
  const params = { path: { id } };
  const assign = useAct({
    act: (body: Change): Promise<{ readonly owner?: Owner }> =>
      work === 'transaction'
        ? answered(api.PUT('/v1/transactions/{id}/owner', { params, body }))
        : answered(api.PUT('/v1/messages/{id}/owner', { params, body })),
    done: ({ owner: now }) =>
      now ? `It is ${now.id === clientId ? 'yours' : `${nameOf(now)}’s`} now.` : 'It is nobody’s now.',
  });
  const mayAssign = work === 'transaction' ? mayTransaction : mayMessage;
  const give = (userId: string | null): void => assign.mutate({ userId, insteadOf: owner?.id ?? null });
  const shown = owner ? <span>{nameOf(owner)}</span> : <span className="quiet">{waits ? 'nobody' : '–'}</span>;
  if (!mayAssign || (!waits && !owner)) return shown;
  return (
    <Group gap={4} wrap="nowrap" display="inline-flex">
      {owner || !waits ? (
        shown
      ) : (
        <Button size="compact-xs" variant="light" loading={assign.isPending} onClick={() => give(clientId)}>
          Take it
        </Button>
      )}
      <OtherOwners owner={owner} waits={waits} give={give} />
    </Group>
  );
}

interface OtherOwnersProps {
  readonly owner: Owner;
  readonly waits: boolean;
  readonly give: (userId: string | null) => void;
}

function OtherOwners({ owner, waits, give }: OtherOwnersProps) {
  const { clientId } = useSession();
  const [opened, menu] = useDisclosure(false);
  const { data } = useQuery({
    queryKey: ['owners'],
    queryFn: async () => (await answered(api.GET('/v1/owners', { params: { query: { limit: 200 } } }))).items,
    enabled: useMay('listOwners') && opened,
    staleTime: 60_000,
  });
  const others = (data ?? []).filter(({ id }) => id !== clientId && id !== owner?.id);
  return (
    <Menu position="bottom-end" withinPortal opened={opened} onChange={(open) => (open ? menu.open() : menu.close())}>
      <Menu.Target>
        <ActionIcon size="sm" variant="subtle" color="gray" aria-label="Change the owner">
          <ChevronDown size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
        {waits && owner?.id !== clientId && (
          <Menu.Item onClick={() => give(clientId)}>{owner ? 'Take it over' : 'Take it'}</Menu.Item>
        )}
        {owner && <Menu.Item onClick={() => give(null)}>Let it go</Menu.Item>}
        {waits && others.length > 0 && <Menu.Label>Give it to</Menu.Label>}
        {waits &&
          others.map(({ id, name, role }) => (
            <Menu.Item key={id} onClick={() => give(id)}>
              {name}{' '}
              <Text span size="xs" c="dimmed">
                {role}
              </Text>
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}
