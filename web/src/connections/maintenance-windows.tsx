import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { useAct } from '../kit/use-act.ts';
import { Section } from '../kit/section.tsx';
import { Instant } from '../kit/time.tsx';
import { myZone } from '../kit/zone.ts';

type Connection = Schemas['connection'];
type Window = NonNullable<Schemas['connection-policy']['maintenance']>[number];

/** When the hospital is out of service: nothing is sent then, and nobody is alarmed. */
export function MaintenanceWindows({ connection }: { readonly connection: Connection }) {
  const may = useMay('changeConnection');
  const windows = connection.policy?.maintenance ?? [];
  const save = useAct({
    act: (maintenance: Window[]) =>
      answered(
        api.PATCH('/v1/connections/{id}', {
          params: { path: { id: connection.id } },
          body: { policy: { maintenance } },
        }),
      ),
    done: 'The windows are changed.',
  });
  return (
    <Section title="Maintenance windows">
      <Stack gap="xs">
        {windows.length === 0 && <span className="quiet">None is planned.</span>}
        {windows.map((window, index) => (
          <Group key={window.from} justify="space-between" wrap="nowrap">
            <span>
              <Instant at={window.from} /> – <Instant at={window.to} />
            </span>
            {may && (
              <Button variant="default" onClick={() => save.mutate(windows.toSpliced(index, 1))}>
                Remove
              </Button>
            )}
          </Group>
        ))}
        {may && <NewWindow add={(window) => save.mutate([...windows, window])} isSaving={save.isPending} />}
      </Stack>
    </Section>
  );
}

function NewWindow({ add, isSaving }: { readonly add: (window: Window) => void; readonly isSaving: boolean }) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const isSound = from !== '' && to !== '' && from < to;
  return (
    <Group align="flex-end" gap="xs">
      <TextInput
        size="xs"
        type="datetime-local"
        label={`From (${myZone})`}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        type="datetime-local"
        label="To"
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Button
        variant="default"
        disabled={!isSound}
        loading={isSaving}
        onClick={() => add({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })}
      >
        Plan it
      </Button>
    </Group>
  );
}
