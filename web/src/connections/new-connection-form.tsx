import { Alert, Button, Fieldset, Paper, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useAct } from '../kit/use-act.ts';
import { problemsOf } from './field-problems.ts';
import { SchemaFields } from './schema-fields.tsx';
import { SecretFields } from './secret-fields.tsx';
import { ZoneSelect } from './zone-select.tsx';

interface NewConnectionFormProps {
  readonly adapter: Schemas['adapter'];
  readonly made: (id: string) => void;
}

const keyOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63);

export function NewConnectionForm({ adapter, made }: NewConnectionFormProps) {
  const [name, setName] = useState('');
  const [key, setKey] = useState<string>();
  const [config, setConfig] = useState<Record<string, unknown>>({});
  const [secrets, setSecrets] = useState<Record<string, string>>({});
  const [site, setSite] = useState({ name: '', timeZone: '' });
  const location = adapter.listsLocations || site.name === '' ? {} : { location: site };
  const create = useAct({
    act: () =>
      answered(
        api.POST('/v1/connections', {
          body: { key: key ?? keyOf(name), name, adapter: adapter.id, config, secrets, state: 'paused', ...location },
        }),
      ),
    done: 'Made, and paused. Check it now.',
    after: ({ id }) => made(id),
  });
  const problems = problemsOf(create.error);
  const others = Object.entries(problems).filter(([pointer]) => pointer === '/config' || pointer === '/secrets');
  return (
    <Paper withBorder p="md" mt="md" maw={760}>
      <Stack>
        {others.map(([pointer, detail]) => (
          <Alert key={pointer} color="red">
            {detail}
          </Alert>
        ))}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Name"
            description="For people"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problems['/name']}
          />
          <TextInput
            label="Key"
            description="Short and unique; it stays"
            required
            value={key ?? keyOf(name)}
            onChange={(event) => setKey(event.currentTarget.value)}
            error={problems['/key']}
          />
        </SimpleGrid>
        {Object.keys(adapter.configSchema['properties'] ?? {}).length > 0 && (
          <Fieldset legend="Settings">
            <SchemaFields
              schema={adapter.configSchema}
              value={config}
              change={setConfig}
              pointer="/config"
              problems={problems}
            />
          </Fieldset>
        )}
        {adapter.secrets.length > 0 && (
          <Fieldset legend="Credentials">
            <SecretFields names={adapter.secrets} value={secrets} change={setSecrets} problems={problems} />
          </Fieldset>
        )}
        {!adapter.listsLocations && (
          <Fieldset legend="Its site: the hospital cannot list them">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput
                label="Name of the site"
                value={site.name}
                onChange={(event) => setSite({ ...site, name: event.currentTarget.value })}
                error={problems['/location/name']}
              />
              <ZoneSelect
                label="Time zone"
                value={site.timeZone === '' ? null : site.timeZone}
                change={(timeZone) => setSite({ ...site, timeZone: timeZone ?? '' })}
                error={problems['/location/timeZone']}
              />
            </SimpleGrid>
          </Fieldset>
        )}
        <div>
          <Button size="sm" onClick={() => create.mutate()} loading={create.isPending} disabled={name.trim() === ''}>
            Go on to the check
          </Button>
        </div>
      </Stack>
    </Paper>
  );
}
