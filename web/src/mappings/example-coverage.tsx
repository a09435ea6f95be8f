import { Anchor, Group, SimpleGrid, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { sayProblem } from '../api/problem.ts';
import { Failure } from '../kit/failure.tsx';
import { column, Rows } from '../kit/rows.tsx';
import { Section } from '../kit/section.tsx';
import { Condition } from '../kit/state.tsx';
import type { Files } from './examples.ts';

type Coverage = Schemas['mapping-coverage'];
type Field = Coverage['fields']['each'][number];

interface ExampleCoverageProps {
  readonly name: string;
  readonly connection: string;
  readonly version: number;
  readonly files: Files;
  /** Takes an example for the input. */
  readonly show: (path: string) => void;
}

const titled = (
  title: string,
  { done, total, percent }: Pick<Coverage['source'], 'done' | 'total' | 'percent'>,
): string => `${title}: ${done} of ${total}, ${percent} %`;

/** What all examples together show of the version as it was saved: which sets which field, and what none shows. */
export function ExampleCoverage({ name, connection, version, files, show }: ExampleCoverageProps) {
  const { data, error } = useQuery({
    queryKey: ['mapping', name, connection, 'coverage', version],
    queryFn: () =>
      answered(
        api.GET('/v1/mappings/{name}/coverage', {
          params: { path: { name }, query: { connection, number: version } },
        }),
      ),
    // A version never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error) return <Failure>{sayProblem(error)}</Failure>;
  if (!data) return <Skeleton height={300} />;
  const { fields, source, branches, withoutRule } = data;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Section title={titled('Fields that an example sets', fields)} isList>
        <Rows
          name="Fields by example"
          columns={columnsOf(files, show)}
          rows={fields.each}
          keyOf={({ line, column: at }) => `${line}:${at}`}
          empty={<Text size="sm">It makes no fields.</Text>}
        />
      </Section>
      <Section title="What no example shows">
        <Missing
          title={titled('Values of the inputs that are read', source)}
          paths={source.neverRead}
          none="All are."
        />
        <Missing
          title={titled('Ways that are gone', branches)}
          paths={branches.neverTaken.map(
            ({ field, what, outcome, line }) => `${field}, ${what}: ${outcome} (line ${line})`,
          )}
          none="All are."
        />
        <Missing title="Members of the contract that no rule makes" paths={withoutRule} none="None." />
      </Section>
    </SimpleGrid>
  );
}

const columnsOf = (files: Files, show: (path: string) => void) => [
  column<Field>('field', 'Field', ({ field }) => <span className="mono">{field}</span>),
  column<Field>('line', 'Line', ({ line }) => line, { isNumber: true }),
  column<Field>('examples', 'Set by', ({ setBy }) =>
    setBy.length === 0 ? (
      <Condition colour="wait">no example</Condition>
    ) : (
      <Group gap={8}>
        {setBy.map((path) =>
          files[path] === undefined ? (
            <span key={path}>{shortName(path)}</span>
          ) : (
            <Anchor key={path} component="button" type="button" size="xs" onClick={() => show(path)}>
              {shortName(path)}
            </Anchor>
          ),
        )}
      </Group>
    ),
  ),
];

const shortName = (path: string): string => path.replace(/^.*\//, '').replace(/\.json$/, '');

interface MissingProps {
  readonly title: string;
  readonly paths: readonly string[];
  /** Said where there is none. */
  readonly none: string;
}

const Missing = ({ title, paths, none }: MissingProps) => (
  <section aria-label={title} style={{ marginBottom: 12 }}>
    <Text size="sm" fw={500}>
      {title}
    </Text>
    {paths.length === 0 ? (
      <span className="quiet">{none}</span>
    ) : (
      <div className="mono" style={{ maxHeight: 160, overflow: 'auto' }} tabIndex={0} role="group" aria-label={title}>
        {paths.map((path) => (
          <div key={path}>{path}</div>
        ))}
      </div>
    )}
  </section>
);
