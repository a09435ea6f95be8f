import { Condition } from '../kit/state.tsx';

interface Shown {
  readonly state: 'active' | 'paused' | 'parked';
  readonly stateReason: string | null;
}

const REASONS: Readonly<Record<string, string>> = {
  'breaker-open': 'Not called: unwell',
  auth: 'Not called: credentials refused',
  maintenance: 'Maintenance',
};

/** Whether the hub sends to the hospital, and if not, why. */
export function ConnectionState({ of: { state, stateReason } }: { readonly of: Shown }) {
  if (state === 'active') return <Condition colour="good">Active</Condition>;
  if (state === 'paused')
    return (
      <>
        <Condition colour="over">Paused</Condition>
        {stateReason !== null && <div className="quiet">{stateReason}</div>}
      </>
    );
  return <Condition colour="person">{REASONS[stateReason ?? ''] ?? `Parked: ${stateReason ?? 'by itself'}`}</Condition>;
}
