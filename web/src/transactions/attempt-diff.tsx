import { Text } from '@mantine/core';
import { useState } from 'react';
import type { Schemas } from '../api/contract.ts';
import { SideBySide } from '../kit/side-by-side.tsx';

type Attempt = Schemas['payloads']['attempts'][number];

interface AttemptDiffProps {
  readonly before: Attempt;
  readonly after: Attempt;
}

/** What was sent and answered in the last call of an attempt, beside the attempt before. */
export function AttemptDiff({ before, after }: AttemptDiffProps) {
  const [isOpen, setOpen] = useState(false);
  const [old, now] = [before.exchanges?.at(-1), after.exchanges?.at(-1)];
  if (!old || !now) return null;
  const isSame = old.requestBody === now.requestBody && old.responseBody === now.responseBody;
  if (isSame) return <Text size="sm">The same was sent and answered as in attempt {before.number}.</Text>;
  return (
    <details className="exchange" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Beside attempt {before.number}</summary>
      {isOpen && (
        <>
          <SideBySide of="Sent" before={old.requestBody} after={now.requestBody} />
          <SideBySide of="Answered" before={old.responseBody} after={now.responseBody} />
        </>
      )}
    </details>
  );
}
