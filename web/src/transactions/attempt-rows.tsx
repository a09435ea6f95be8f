import { Section } from '../kit/section.tsx';
import { milliseconds } from '../kit/times.ts';
import type { Entry } from './story.tsx';

type Attempt = Extract<Entry, { kind: 'attempt' }>;

/** Newest first; what differs from the attempt before is set in bold. */
export function AttemptRows({ entries }: { readonly entries: readonly Entry[] | undefined }) {
  const attempts = (entries ?? []).filter((each): each is Attempt => each.kind === 'attempt');
  if (attempts.length < 2) return null;
  return (
    <Section title="Attempts, compared" isList>
      <div className="rows-frame">
        <table className="rows" aria-label="Attempts">
          <thead>
            <tr>
              {['No.', 'Step', 'Purpose', 'Outcome', 'Reason', 'Code of the hospital', 'Took'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {attempts
              .map((attempt, index) => (
                <AttemptRow key={attempt.number} attempt={attempt} before={attempts[index - 1]} />
              ))
              .toReversed()}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

const COMPARED = [
  ['Step', 'step'],
  ['Purpose', 'purpose'],
  ['Outcome', 'class'],
  ['Reason', 'reason'],
  ['Code of the hospital', 'vendorCode'],
] as const;

function AttemptRow({ attempt, before }: { readonly attempt: Attempt; readonly before: Attempt | undefined }) {
  return (
    <tr>
      <td data-name="No.">{attempt.number}</td>
      {COMPARED.map(([name, member]) => (
        <td
          key={name}
          data-name={name}
          style={before && before[member] !== attempt[member] ? { fontWeight: 600 } : undefined}
        >
          {attempt[member] ?? <span className="quiet">–</span>}
        </td>
      ))}
      <td data-name="Took" className="numbers">
        {typeof attempt.durationMs === 'number' ? milliseconds(attempt.durationMs) : ''}
      </td>
    </tr>
  );
}
