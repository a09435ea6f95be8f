import { Alert, Button, Modal, NumberInput, Radio, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { Problem } from '../api/problem.ts';
import { useAct } from '../kit/use-act.ts';
import { DialogButtons } from '../kit/dialog-buttons.tsx';

interface PublishButtonProps {
  readonly name: string;
  readonly connection: string;
  readonly version: Schemas['mapping-version'];
}

type Way = 'all' | 'share' | 'shadow';

/** Puts a draft, or one on trial, to use: for all, for some, or in shadow. */
export function PublishButton({ name, connection, version }: PublishButtonProps) {
  const [opened, { open, close }] = useDisclosure(false);
  const [way, setWay] = useState<Way>('all');
  const [share, setShare] = useState(10);
  const [override, setOverride] = useState('');
  const may = useMay('publishMappingVersion');
  const canary = { all: undefined, share: { share }, shadow: { shadow: true } }[way];
  const publish = useAct({
    act: () =>
      answered(
        api.POST('/v1/mappings/{name}/publish', {
          params: { path: { name } },
          body: {
            connectionId: connection,
            number: version.number,
            ...(canary && { canary }),
            ...(override !== '' && { override: { reason: override } }),
          },
        }),
      ),
    done: 'Published.',
    after: close,
  });
  const refusal = publish.error instanceof Problem ? publish.error : undefined;
  if (!may || (version.state !== 'draft' && version.state !== 'canary')) return null;
  return (
    <>
      <Button variant="default" onClick={open}>
        Publish …
      </Button>
      <Modal opened={opened} onClose={close} title={`Publish version ${version.number}`}>
        <Stack>
          <Radio.Group label="For whom" value={way} onChange={(value) => setWay(value)}>
            <Stack gap={6} mt={6}>
              <Radio
                value="all"
                label="All"
                description="Every process uses it at its next call. It can be taken back."
              />
              <Radio value="share" label="Some, on trial" description="The share of appointments below." />
              <Radio
                value="shadow"
                label="Nobody, in shadow"
                description="It runs beside the one in use, and is compared."
              />
            </Stack>
          </Radio.Group>
          {way === 'share' && (
            <NumberInput
              label="Of 100"
              min={1}
              max={99}
              value={share}
              onChange={(value) => setShare(Number(value) || 1)}
            />
          )}
          {refusal && (
            <Alert color="red" title="Not published">
              {refusal.message} {fieldsOf(refusal)}
            </Alert>
          )}
          {refusal?.code === 'mapping-changes-unannounced' && (
            <TextInput
              label="Publish all the same, because"
              value={override}
              onChange={(event) => setOverride(event.currentTarget.value)}
            />
          )}
          <DialogButtons leave={close}>
            <Button onClick={() => publish.mutate()} loading={publish.isPending}>
              Publish it
            </Button>
          </DialogButtons>
        </Stack>
      </Modal>
    </>
  );
}

const fieldsOf = ({ members }: Problem): string =>
  [members['fields'], members['problems']]
    .flatMap((some) =>
      Array.isArray(some) ? some.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))) : [],
    )
    .join('; ');
