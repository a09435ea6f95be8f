import type { Schemas } from '../api/contract.ts';
import type { Colour } from '../kit/colour.ts';

export type Message = Schemas['received-message'];

export const MESSAGE_STATES: Readonly<Record<Message['state'], { readonly label: string; readonly colour: Colour }>> = {
  held: { label: 'Held', colour: 'person' },
  waiting: { label: 'Waiting', colour: 'wait' },
  applied: { label: 'Applied', colour: 'good' },
  dismissed: { label: 'Dismissed', colour: 'over' },
};
