import { Button, Modal, Skeleton, Stack } from '@mantine/core';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useAct } from '../kit/use-act.ts';
import { problemsOf } from './field-problems.ts';
import { SchemaFields } from './schema-fields.tsx';
import { SecretFields } from './secret-fields.tsx';
import { useAdapters } from './use-connection.ts';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

interface EditConnectionProps {
  readonly connection: Schemas['connection'];
  readonly close: () => void;
}

/** Settings as they are, to be changed; credentials only when they are typed anew. */
export function EditConnection({ connection, close }: EditConnectionProps) {
  const adapter = useAdapters().data?.find((each) => each.id === connection.adapter);
  const [config, setConfig] = useState<Record<string, unknown>>(connection.config ?? {});
  const [secrets, setSecrets] = useState<Record<string, string>>({});
  const change = useAct({
    act: () =>
      answered(
        api.PATCH('/v1/connections/{id}', {
          params: { path: { id: connection.id } },
          body: { config, ...(Object.keys(secrets).length > 0 && { secrets }) },
        }),
      ),
    done: 'Changed. It counts from the next call on.',
    after: close,
  });
  const problems = problemsOf(change.error);
  return (
    <Modal opened onClose={close} title={`Change ${connection.name}`} size="xl">
      {adapter ? (
        <Stack>
          <SchemaFields
            schema={adapter.configSchema}
            value={config}
            change={setConfig}
            pointer="/config"
            problems={problems}
          />
          <SecretFields names={adapter.secrets} value={secrets} change={setSecrets} problems={problems} isStored />
          <DialogButtons leave={close}>
            <Button onClick={() => change.mutate()} loading={change.isPending}>
              Change it
            </Button>
          </DialogButtons>
        </Stack>
      ) : (
        <Skeleton height={240} />
      )}
    </Modal>
  );
}
