import { Button, Menu } from '@mantine/core';
import { Download } from 'lucide-react';
import { saveFile, toCsv } from './export.ts';
import { useExportAll, type ReadWhole } from './use-export-all.ts';

interface ExportMenuProps {
  /** Of the list, as it is called on the page. */
  readonly name: string;
  readonly rows: readonly object[] | undefined;
  /** Reads the rest, too; undefined when all is shown. */
  readonly readWhole?: ReadWhole | undefined;
}

const FORMATS = [
  ['CSV', 'csv', 'text/csv', toCsv],
  ['JSON', 'json', 'application/json', (rows: readonly object[]) => JSON.stringify(rows, null, 2)],
] as const;

/** Saves the rows that are shown, or all that fit the filters. */
export function ExportMenu({ name, rows, readWhole }: ExportMenuProps) {
  const { isReading, exportAll } = useExportAll(name);
  const file = (ending: string): string =>
    `${name.toLowerCase().replaceAll(/\W+/g, '-')}-${new Date().toISOString().slice(0, 10)}.${ending}`;
  const saves = FORMATS.map(([label, ending, type, format]) => ({
    label,
    save: (some: readonly object[]): void => saveFile(file(ending), type, format(some)),
  }));
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          leftSection={<Download size={14} />}
          disabled={!rows?.length}
          loading={isReading}
          aria-label={`Export ${name}`}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {saves.map(({ label, save }) => (
          <Menu.Item key={label} onClick={() => save(rows ?? [])}>
            The rows shown, as {label}
          </Menu.Item>
        ))}
        {readWhole &&
          saves.map(({ label, save }) => (
            <Menu.Item key={label} onClick={() => exportAll(readWhole, save)}>
              All that fit the filters, as {label}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}
