import { State } from '../kit/state.tsx';
import { STATE_ORDER, type TransactionState } from '../kit/states.ts';
import { useCounts } from './use-transactions.ts';
import type { TransactionSearch } from './filter.ts';

interface StateChipsProps {
  readonly search: TransactionSearch;
  readonly choose: (state: TransactionState | undefined) => void;
}

/** Every state that there is any of, with how many; pressed: only these are shown. */
export function StateChips({ search, choose }: StateChipsProps) {
  const { data } = useCounts(search);
  const shown = STATE_ORDER.filter((state) => data?.states[state] !== undefined || state === search.state);
  const countOf = (state: string): string => {
    const count = data?.states[state] ?? 0;
    return `${count.toLocaleString('en')}${data && count >= data.atMost ? '+' : ''}`;
  };
  return (
    <div className="chips" role="group" aria-label="States">
      <button
        type="button"
        className="chip"
        aria-pressed={search.state === undefined}
        onClick={() => choose(undefined)}
      >
        All
      </button>
      {shown.map((state) => (
        <button
          key={state}
          type="button"
          className="chip"
          aria-pressed={search.state === state}
          onClick={() => choose(search.state === state ? undefined : state)}
        >
          <State of={state} />
          <b>{countOf(state)}</b>
        </button>
      ))}
    </div>
  );
}
