import { Progress } from '@mantine/core';
import { Section } from '../kit/section.tsx';
import { PROGRESS, type Plan } from './plan-words.ts';

export function PlanProgress({ plan: { progress, count } }: { readonly plan: Plan }) {
  const parts = PROGRESS.filter(([part]) => progress[part] > 0);
  const said = parts.map(([part, label]) => `${progress[part].toLocaleString('en')} ${label}`).join(', ');
  const left = progress.waiting + progress.open;
  return (
    <Section title="How far it is">
      <Progress.Root size="lg">
        {parts.map(([part, label, colour]) => (
          <Progress.Section
            key={part}
            value={(progress[part] / Math.max(1, count)) * 100}
            color={colour}
            aria-label={`${progress[part]} of ${count} ${label}`}
          />
        ))}
      </Progress.Root>
      <p style={{ margin: '8px 0 0' }} role="status" className="numbers">
        {said} {left > 0 && <span className="quiet">· {left.toLocaleString('en')} to go</span>}
      </p>
    </Section>
  );
}
