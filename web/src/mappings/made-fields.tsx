import { Alert, SimpleGrid, Skeleton } from '@mantine/core';
import { Section } from '../kit/section.tsx';
import type { TryAnswer } from './try-answer.ts';

interface MadeFieldsProps {
  readonly answer: TryAnswer | undefined;
  /** The answer is on its way. */
  readonly isTried: boolean;
}

/** Each field of the output with the rule and the source it was made of; what is wrong; what no rule has read. */
export function MadeFields({ answer, isTried }: MadeFieldsProps) {
  if (!answer) return isTried ? <Skeleton h={{ base: 620, md: 310 }} /> : null;
  return (
    <>
      {answer.faults.map((fault) => (
        <Alert
          key={`${fault.file} ${fault.line} ${fault.message}`}
          color="red"
          variant="light"
          p="sm"
          title={`${fault.file}:${fault.line}:${fault.column}`}
        >
          {fault.message}
        </Alert>
      ))}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title={`Fields made (${answer.made.length})`} isList>
          <section
            className="rows-frame"
            style={{ maxHeight: 260, overflow: 'auto' }}
            tabIndex={0}
            aria-label="Fields made"
          >
            <table className="rows">
              <thead>
                <tr>
                  <th scope="col">Field</th>
                  <th scope="col">Rule</th>
                  <th scope="col">Made of</th>
                </tr>
              </thead>
              <tbody>
                {answer.made.map(({ at, rule, line, from }) => (
                  <tr key={at}>
                    <td data-name="Field" className="mono">
                      {at}
                    </td>
                    <td data-name="Rule" style={{ whiteSpace: 'nowrap' }}>
                      {rule} <span className="quiet">line {line}</span>
                    </td>
                    <td data-name="Made of" className="mono">
                      {from.join(', ')}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </Section>
        <Section title={`Never read (${answer.unread.length})`}>
          <section className="mono" style={{ maxHeight: 230, overflow: 'auto' }} tabIndex={0} aria-label="Never read">
            {answer.unread.length === 0 ? (
              <span className="quiet">Every value of the input is read.</span>
            ) : (
              answer.unread.map((path) => <div key={path}>{path}</div>)
            )}
          </section>
        </Section>
      </SimpleGrid>
    </>
  );
}
