import { Button, Menu } from '@mantine/core';
import { Download } from 'lucide-react';
import { saveFile, toCsv } from './export.ts';

/** Saves the rows that are shown. `name`: of the list, as it is called on the page. */
export function ExportMenu({ name, rows }: { readonly name: string; readonly rows: readonly object[] | undefined }) {
  const file = (ending: string): string =>
    `${name.toLowerCase().replaceAll(/\W+/g, '-')}-${new Date().toISOString().slice(0, 10)}.${ending}`;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          leftSection={<Download size={14} />}
          disabled={!rows?.length}
          aria-label={`Export ${name}`}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => saveFile(file('csv'), 'text/csv', toCsv(rows ?? []))}>
          The rows shown, as CSV
        </Menu.Item>
        <Menu.Item onClick={() => saveFile(file('json'), 'application/json', JSON.stringify(rows ?? [], null, 2))}>
          The rows shown, as JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
