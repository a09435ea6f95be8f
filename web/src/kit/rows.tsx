/** A list as a table; on a narrow screen each row is a card. */
import { Button, Center, Group, Skeleton, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { flexRender, tableFeatures, useTable, type ColumnDef } from '@tanstack/react-table';
import type { MouseEvent, ReactNode } from 'react';
import { sayProblem } from '../api/problem.ts';
import { ExportMenu } from './export-menu.tsx';
import { Failure } from './failure.tsx';
import { useAreNamesKnown } from './names.ts';
import type { ReadWhole } from './use-export-all.ts';

const FOOT_HEIGHT = 42;
const FEATURES = tableFeatures({});
export type Column<Row extends object> = ColumnDef<typeof FEATURES, Row> & {
  readonly id: string;
  readonly header: string;
};

/** `cell` of each column; a number is set to the right. */
export function column<Row extends object>(
  id: string,
  header: string,
  cell: (row: Row) => ReactNode,
  meta: { readonly isNumber?: boolean } = {},
): Column<Row> {
  return { id, header, cell: ({ row }) => cell(row.original), meta };
}

interface RowsProps<Row extends object> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  /** Undefined while they are read. */
  readonly rows: readonly Row[] | undefined;
  readonly keyOf: (row: Row) => string;
  readonly hrefOf?: (row: Row) => string;
  readonly error?: unknown;
  readonly empty: ReactNode;
  /** Reads the next page; undefined when there is none. */
  readonly more?: (() => void) | undefined;
  readonly isReadingMore?: boolean;
  /** Reads all that fit, for an export; undefined when all is shown. */
  readonly readWhole?: ReadWhole | undefined;
  /** So many are likely: while they are read there is room for them, so that nothing moves when they come. */
  readonly likely?: number;
}

export function Rows<Row extends object>(props: RowsProps<Row>) {
  const { name, columns, error, empty, more } = props;
  const rows = useAreNamesKnown(columns) ? props.rows : undefined;
  if (error !== undefined && error !== null && rows === undefined) return <Failure>{sayProblem(error)}</Failure>;
  if (rows?.length === 0)
    return (
      <Center p="xl" ta="center">
        {empty}
      </Center>
    );
  return (
    <>
      <div className="rows-frame" aria-busy={rows === undefined}>
        {rows ? (
          <Filled {...props} rows={rows} />
        ) : (
          <Waiting name={name} columns={columns} likely={props.likely ?? 8} />
        )}
      </div>
      {rows ? (
        <Group justify="space-between" px="sm" py={6} mih={FOOT_HEIGHT}>
          <Text size="xs" c="dimmed" className="numbers">
            {rows.length.toLocaleString('en')} shown
          </Text>
          {more && (
            <Button variant="default" onClick={more} loading={props.isReadingMore === true}>
              Show more
            </Button>
          )}
          <ExportMenu name={name} rows={rows} readWhole={props.readWhole} />
        </Group>
      ) : (
        <div style={{ height: FOOT_HEIGHT }} />
      )}
    </>
  );
}

function Filled<Row extends object>({
  name,
  columns,
  rows,
  keyOf,
  hrefOf,
}: RowsProps<Row> & { readonly rows: readonly Row[] }) {
  const navigate = useNavigate();
  const table = useTable({
    features: FEATURES,
    columns: columns,
    data: rows,
    getRowId: keyOf,
  });
  const open = (event: MouseEvent, href: string): void => {
    // What is inside has its own purpose, and text can be marked.
    const inside = event.target instanceof Element && event.target.closest('a, button, input, label');
    if (inside || getSelection()?.toString() !== '') return;
    if (event.metaKey || event.ctrlKey) window.open(href, '_blank');
    else void navigate({ href });
  };
  return (
    <table className="rows" aria-label={name}>
      <Head columns={columns} />
      <tbody>
        {table.getRowModel().rows.map((row) => {
          const href = hrefOf?.(row.original);
          return (
            <tr key={row.id} data-href={href} onClick={href === undefined ? undefined : (event) => open(event, href)}>
              {row.getAllCells().map((cell) => (
                <td
                  key={cell.id}
                  className={isNumber(cell.column.columnDef) ? 'number' : undefined}
                  data-name={cell.column.columnDef.header}
                >
                  <div>{flexRender(cell.column.columnDef.cell, cell.getContext())}</div>
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const isNumber = ({ meta }: { readonly meta?: object | undefined }): boolean =>
  meta !== undefined && 'isNumber' in meta && meta.isNumber === true;

function Head<Row extends object>({ columns }: { readonly columns: readonly Column<Row>[] }) {
  return (
    <thead>
      <tr>
        {columns.map((each) => (
          <th key={each.id} scope="col" className={isNumber(each) ? 'number' : undefined}>
            {each.header}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** As high as rows will be, so that nothing moves when they come. */
function Waiting<Row extends object>({
  name,
  columns,
  likely,
}: {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly likely: number;
}) {
  return (
    <table className="rows" aria-label={name}>
      <Head columns={columns} />
      <tbody>
        {Array.from({ length: likely }, (_, row) => (
          <tr key={row}>
            {columns.map((each) => (
              <td key={each.id} data-name={each.header}>
                <Skeleton height={14} my={3} width="70%" />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
