import { STATES, waitsForPerson, type TransactionState } from './states.ts';
import { stateColour, type Colour } from './colour.ts';

/** A dot and a word: the colour is never the only sign. */
export function State({ of }: { readonly of: TransactionState }) {
  const { label, colour, help } = STATES[of];
  return (
    <span className="state" style={stateColour(colour)} data-waits={waitsForPerson(of) || undefined} title={help}>
      {label}
    </span>
  );
}

/** Any other condition, by the same colours. */
export function Condition({ colour, children }: { readonly colour: Colour; readonly children: string }) {
  return (
    <span className="state" style={stateColour(colour)} data-waits={colour === 'person' || undefined}>
      {children}
    </span>
  );
}
