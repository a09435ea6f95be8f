import type { Schemas } from '../api/contract.ts';
import type { Colour } from '../kit/colour.ts';
import { Condition } from '../kit/state.tsx';

export type User = Schemas['user'];
export type Client = Schemas['client'];

const STATES: Readonly<Record<User['state'] | Client['state'], readonly [label: string, colour: Colour]>> = {
  active: ['Active', 'good'],
  'temporary-password': ['Has not signed in yet', 'wait'],
  locked: ['Locked for a while', 'doubt'],
  disabled: ['Switched off', 'over'],
};

export function AccessState({ of }: { readonly of: User['state'] | Client['state'] }) {
  const [label, colour] = STATES[of];
  return <Condition colour={colour}>{label}</Condition>;
}
