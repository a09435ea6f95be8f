import { Button, Group, Paper, Select, Text, TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import type { Colour } from '../kit/colour.ts';
import { Id } from '../kit/id.tsx';
import { Page } from '../kit/page.tsx';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Condition } from '../kit/state.tsx';
import { Instant } from '../kit/time.tsx';

type AuditRecord = Schemas['audit-record'];

const OUTCOMES: Readonly<Record<AuditRecord['outcome'], readonly [label: string, colour: Colour]>> = {
  done: ['Done', 'good'],
  refused: ['Refused', 'over'],
  failed: ['Failed', 'bad'],
  begun: ['Begun, and nothing more', 'doubt'],
};

const COLUMNS = [
  column<AuditRecord>('at', 'When', ({ at }) => <Instant at={at} />),
  column<AuditRecord>('action', 'What', ({ action, detail, errorCode }) => (
    <>
      {action}
      <div className="quiet">{[...wordsOf(detail), ...(errorCode === null ? [] : [errorCode])].join(', ')}</div>
    </>
  )),
  column<AuditRecord>('outcome', 'Outcome', ({ outcome }) => {
    const [label, colour] = OUTCOMES[outcome];
    return <Condition colour={colour}>{label}</Condition>;
  }),
  column<AuditRecord>('actor', 'Who', ({ actorId, actorRole }) => (
    <>
      <Id of={actorId} />
      <div className="quiet">{actorRole}</div>
    </>
  )),
  column<AuditRecord>('address', 'From', ({ address }) => <span className="mono">{address}</span>),
  column<AuditRecord>('resource', 'To', ({ resourceKind, resourceId }) => (
    <>
      {resourceKind} {resourceId !== null && <Id of={resourceId} />}
    </>
  )),
  column<AuditRecord>('reason', 'Why', ({ reason }) => reason ?? <span className="quiet">–</span>),
];

/** Values are kept of fixed lists only; of the others it is told which there were. */
function wordsOf(detail: AuditRecord['detail']): string[] {
  const { values } = detail as { readonly values?: Readonly<Record<string, unknown>> };
  return Object.entries(values ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
}

/** Who did what, when, from where, why: newest first. */
export function AuditPage() {
  const search = useSearch({ from: '/audit' });
  const navigate = useNavigate();
  const change = (some: Readonly<Record<string, string>>): void =>
    void navigate({ to: '/audit', search: (old) => ({ ...old, ...some }) });
  const { actor, action, resource, outcome } = search;
  const pages = usePages({
    key: ['audit', actor, action, resource, outcome],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/audit', {
          params: {
            query: {
              limit,
              ...(actor !== undefined && { actor }),
              ...(action !== undefined && { action }),
              ...(resource !== undefined && { resource }),
              ...(outcome !== undefined && { outcome: outcome as AuditRecord['outcome'] }),
              ...(cursor !== undefined && { cursor }),
            },
          },
          signal,
        }),
      ),
  });
  return (
    <Page title="Audit" about="Who did what, when, from where, why. It cannot be changed: npx tessera verify shows it.">
      <Group gap="xs" align="flex-end">
        {FILTERS.map(([name, label]) => (
          <Filter key={name} label={label} value={search[name] ?? ''} change={(value) => change({ [name]: value })} />
        ))}
        <Select
          size="xs"
          aria-label="Outcome"
          placeholder="Any outcome"
          clearable
          data={Object.entries(OUTCOMES).map(([value, [label]]) => ({ value, label }))}
          value={outcome ?? null}
          onChange={(value) => change({ outcome: value ?? '' })}
        />
        {Object.values(search).some((value) => value !== undefined) && (
          <Button variant="default" onClick={() => void navigate({ to: '/audit', search: {} })}>
            Show all
          </Button>
        )}
      </Group>
      <Paper withBorder>
        <Rows
          name="Audit"
          columns={COLUMNS}
          keyOf={(row) => row.id}
          empty={<Text size="sm">Nothing of that kind was done.</Text>}
          {...pages}
        />
      </Paper>
    </Page>
  );
}

const FILTERS = [
  ['action', 'What, e.g. transaction.reveal'],
  ['actor', 'Who (id)'],
  ['resource', 'To what (id)'],
] as const;

interface FilterProps {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

/** Asked for when it is left, or by Enter. */
const Filter = ({ label, value, change }: FilterProps) => (
  <TextInput
    key={value}
    size="xs"
    w={210}
    aria-label={label}
    placeholder={label}
    defaultValue={value}
    onBlur={(event) => event.currentTarget.value.trim() !== value && change(event.currentTarget.value.trim())}
    onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
  />
);
