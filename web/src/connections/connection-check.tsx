import { Alert, Button, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { milliseconds } from '../kit/times.ts';
import { stateColour } from '../kit/colour.ts';

type Check = Schemas['connection-check'];
type Step = Check['steps'][number];

const STEPS: Readonly<Record<Step['step'], string>> = {
  dns: 'Its name has an address',
  tcp: 'Its port answers',
  tls: 'Encryption and certificate are good',
  auth: 'The credentials are accepted',
  read: 'Something can be read',
  map: 'What was read is understood',
  write: 'A booking could be sent (none is)',
};

/** Nothing is written at the hospital. Also for a paused connection. */
export function ConnectionCheck({ id }: { readonly id: string }) {
  const check = useMutation({
    mutationFn: () => answered(api.POST('/v1/connections/{id}/check', { params: { path: { id } } })),
  });
  const found = check.data;
  return (
    <Stack gap="sm">
      <div>
        <Button variant={found ? 'default' : 'filled'} onClick={() => check.mutate()} loading={check.isPending}>
          {found ? 'Check again' : 'Check now'}
        </Button>
      </div>
      {!found && (
        <Text size="sm" c="dimmed">
          Seven steps, from the name of the host to a booking that could be sent. Takes 20 seconds at most.
        </Text>
      )}
      {found && <Verdict found={found} />}
    </Stack>
  );
}

const Verdict = ({ found }: { readonly found: Check }) => (
  <div role="status">
    <Alert color={found.ok ? 'green' : 'red'} variant="light" p="sm" mb="sm" title={found.summary} />
    <ol className="story">
      {found.steps.map((step) => (
        <CheckStep key={step.step} step={step} />
      ))}
    </ol>
    {found.warnings.map(({ detail, remedy }) => (
      <Alert key={detail} color="orange" variant="light" p="sm" title={detail}>
        {remedy}
      </Alert>
    ))}
  </div>
);

function CheckStep({ step: { step, ok, skipped, durationMs, detail, remedy } }: { readonly step: Step }) {
  const colour = skipped ? 'over' : ok ? 'good' : 'bad';
  return (
    <li style={stateColour(colour)}>
      <b style={{ fontWeight: 500 }}>{STEPS[step]}</b>
      <span className="quiet">
        {' '}
        {skipped
          ? ok
            ? 'nothing to try'
            : 'not tried'
          : ok
            ? `yes, in ${milliseconds(durationMs)}`
            : `no, after ${milliseconds(durationMs)}`}
      </span>
      {!skipped && <div>{detail}</div>}
      {remedy !== undefined && (
        <div>
          <b>What to do:</b> {remedy}
        </div>
      )}
    </li>
  );
}
