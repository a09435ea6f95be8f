import type { Schemas } from '../api/contract.ts';
import { Condition } from '../kit/state.tsx';

export type Webhook = Schemas['webhook'];

const REASONS = {
  'by-request': 'Disabled',
  gone: 'Disabled: it answered 410',
  failing: 'Disabled: it failed for five days',
} as const;

export function WebhookState({ of: { state, stateReason, failures } }: { readonly of: Webhook }) {
  if (state === 'disabled')
    return (
      <Condition colour={stateReason === 'by-request' ? 'over' : 'bad'}>
        {REASONS[stateReason ?? 'by-request']}
      </Condition>
    );
  return failures > 0 ? (
    <Condition colour="person">{`Failing, ${failures} in a row`}</Condition>
  ) : (
    <Condition colour="good">Enabled</Condition>
  );
}
