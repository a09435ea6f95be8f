import { Button, Menu } from '@mantine/core';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { useAct } from '../kit/use-act.ts';
import type { Webhook } from './webhook-state.tsx';

const DAY_MS = 24 * 3600_000;
const SINCE = { 'the last hour': DAY_MS / 24, 'the last day': DAY_MS, 'the last week': 7 * DAY_MS };

/** Test, enable or disable, and send what was missed. */
export function WebhookActions({ webhook }: { readonly webhook: Webhook }) {
  const [mayTest, mayChange, mayRecover] = [useMay('testWebhook'), useMay('changeWebhook'), useMay('recoverWebhook')];
  const path = { path: { id: webhook.id } };
  const test = useAct({
    act: () => answered(api.POST('/v1/webhooks/{id}/test', { params: path })),
    done: 'A test event is on its way: see Attempts.',
  });
  const change = useAct({
    act: (state: Webhook['state']) => answered(api.PATCH('/v1/webhooks/{id}', { params: path, body: { state } })),
    done: 'Changed.',
  });
  const recover = useAct({
    act: (ms: number) =>
      answered(
        api.POST('/v1/webhooks/{id}/recover', {
          params: path,
          body: { since: new Date(Date.now() - ms).toISOString() },
        }),
      ),
    done: 'What was given up is sent again.',
  });
  const isEnabled = webhook.state === 'enabled';
  return (
    <>
      {mayTest && isEnabled && (
        <Button variant="default" onClick={() => test.mutate()} loading={test.isPending}>
          Send a test
        </Button>
      )}
      {mayRecover && isEnabled && webhook.failed > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button loading={recover.isPending}>Send again what was given up …</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {Object.entries(SINCE).map(([label, ms]) => (
              <Menu.Item key={label} onClick={() => recover.mutate(ms)}>
                of {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {mayChange && (
        <Button
          variant="default"
          onClick={() => change.mutate(isEnabled ? 'disabled' : 'enabled')}
          loading={change.isPending}
        >
          {isEnabled ? 'Disable' : 'Enable'}
        </Button>
      )}
    </>
  );
}
