import { Link as RouterLink } from '@tanstack/react-router';
import { State } from '../kit/state.tsx';
import { STATE_ORDER } from '../kit/states.ts';

/** By the state of their transaction, each with the way to them. */
export function BookingsToday({ counts }: { readonly counts: Readonly<Record<string, number>> }) {
  const states = STATE_ORDER.filter((state) => counts[state]);
  if (states.length === 0) return <span className="quiet">None was asked for.</span>;
  const from = dayAgo();
  return (
    <div className="chips">
      {states.map((state) => (
        <RouterLink key={state} className="chip plain" to="/transactions" search={{ state, kind: 'book', from }}>
          <State of={state} />
          <b>{counts[state]?.toLocaleString('en')}</b>
        </RouterLink>
      ))}
    </div>
  );
}

const HOUR_MS = 3600_000;

/** To the hour, so that the address stays the same for a while. */
const dayAgo = (): string => new Date((Math.floor(Date.now() / HOUR_MS) - 24) * HOUR_MS).toISOString();
