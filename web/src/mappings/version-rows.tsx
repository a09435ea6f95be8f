import { Button, Group, Text } from '@mantine/core';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { useMay } from '../api/may.ts';
import { Link } from '../kit/link.tsx';
import { column, Rows } from '../kit/rows.tsx';
import { Section } from '../kit/section.tsx';
import { Condition } from '../kit/state.tsx';
import { Ago } from '../kit/time.tsx';
import { useAct } from '../kit/use-act.ts';
import { PublishButton } from './publish-button.tsx';

type Version = Schemas['mapping-version'];
const COLOURS = { draft: 'busy', canary: 'doubt', active: 'good', retired: 'over' } as const;
const STATES = { draft: 'Draft', canary: 'On trial', active: 'In use', retired: 'Retired' } as const;

interface VersionRowsProps {
  readonly name: string;
  readonly connection: string;
  readonly versions: readonly Version[] | undefined;
}

/** Newest first; the last is the built-in one. */
export function VersionRows({ name, connection, versions }: VersionRowsProps) {
  const columns = [
    column<Version>('number', 'Version', ({ number }) => (
      <Link to="/mappings/$name" params={{ name }} search={{ connection, version: String(number) }} fw={500}>
        {number === 0 ? 'Built in' : String(number)}
      </Link>
    )),
    column<Version>('state', 'State', ({ state }) => <Condition colour={COLOURS[state]}>{STATES[state]}</Condition>),
    column<Version>('note', 'What is different', ({ note, shadow }) => (
      <>
        {note}
        {shadow !== null && (
          <div className="quiet">{`in shadow: ${shadow.differing} of ${shadow.compared} others, ${shadow.failing} fail`}</div>
        )}
      </>
    )),
    column<Version>('by', 'By', ({ createdBy }) => createdBy ?? <span className="quiet">the installation</span>),
    column<Version>('made', 'Made', ({ createdAt }) =>
      createdAt === null ? <span className="quiet">–</span> : <Ago at={createdAt} />,
    ),
    column<Version>('published', 'Published', ({ publishedAt }) =>
      publishedAt === null ? <span className="quiet">–</span> : <Ago at={publishedAt} />,
    ),
    column<Version>('actions', '', (version) => (
      <PublishButton name={name} connection={connection} version={version} />
    )),
  ];
  return (
    <Section title="Versions" isList actions={<RollBack name={name} connection={connection} versions={versions} />}>
      <Rows
        name="Versions"
        columns={columns}
        rows={versions}
        keyOf={({ number }) => String(number)}
        empty={<Text size="sm">None.</Text>}
      />
    </Section>
  );
}

function RollBack({ name, connection, versions }: VersionRowsProps) {
  const may = useMay('rollBackMapping');
  const rollBack = useAct({
    act: () =>
      answered(
        api.POST('/v1/mappings/{name}/rollback', { params: { path: { name } }, body: { connectionId: connection } }),
      ),
    done: 'Taken back. Every process follows at its next call.',
  });
  const isPublished =
    versions?.some(({ state, number }) => state === 'canary' || (state === 'active' && number > 0)) ?? false;
  if (!may || !isPublished) return null;
  return (
    <Group>
      <Button variant="default" onClick={() => rollBack.mutate()} loading={rollBack.isPending}>
        Take back what was published last
      </Button>
    </Group>
  );
}
